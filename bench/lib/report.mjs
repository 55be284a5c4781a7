/** Markdown: a table for each bench, both sides of every figure beside each other. */
export function markdown(benches) {
  return benches.map(section).join('\n\n');
}

function section({ title, peer, floor = 'bare channels', figures, notes }) {
  const hasFloor = figures.some(({ floor }) => floor);
  const head = [
    'figure',
    'unit',
    'n',
    'tabcast p50 / p95 / p99 / max',
    `${peer} p50 / p95 / p99 / max`,
    ...(hasFloor ? [`${floor} p50 / p95 / p99 / max`] : []),
  ];
  const rows = figures.map((figure) => [
    figure.name + (figure.better === 'higher' ? ' (more is better)' : ''),
    figure.unit,
    counts(figure),
    values(figure.tabcast),
    values(figure.peer),
    ...(hasFloor ? [values(figure.floor)] : []),
    number(figure.ratio.p50),
    number(figure.ratio.p95),
  ]);
  const table = [[...head, 'ratio p50', 'ratio p95'], ...rows];
  table.splice(
    1,
    0,
    table[0].map((_, column) => (column < 2 ? '---' : '--:')),
  );
  const lines = figures.length > 0 ? table.map((cells) => `| ${cells.join(' | ')} |`) : [];
  return [`### ${title}`, '', ...lines, ...notes.map((note) => `\n${note}`)].join('\n');
}

function values(side) {
  if (side === undefined) return '–';
  if (side.n === 1) return number(side.p50);
  return [side.p50, side.p95, side.p99, side.max].map(number).join(' / ');
}

function counts({ tabcast, peer, floor }) {
  return [...new Set([tabcast, peer, floor].filter(Boolean).map(({ n }) => n))].join(' / ');
}

function number(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (value >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
