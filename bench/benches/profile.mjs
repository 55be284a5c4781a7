import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'Where the time goes: reception of events';
export const peer = 'socket.io-client';

const COUNT = Number(process.env.BENCH_COUNT ?? 4_000);
// Events a second; 0: as fast as it goes.
const RATE = Number(process.env.BENCH_RATE ?? 1000);
const TOP = 16;
// 1: a tab of its own; more: shared.
const TABS = Number(process.env.BENCH_TABS ?? 1);
// The first tab leads, the others follow.
const PROFILED = Number(process.env.BENCH_TAB ?? 1) - 1;

export async function run({ browser, note }) {
  await withSides(browser, { floor: true }, async (sides) => {
    for (const side of sides) await side.connectTabs(TABS, { shared: TABS > 1 });
    await alternate(sides, 2, async (side, round) => {
      const tab = side.tabs[PROFILED];
      const { cdp } = tab;
      await side.clear();
      await cdp.send('Profiler.enable');
      await cdp.send('Profiler.setSamplingInterval', { interval: 200 });
      await cdp.send('Profiler.start');
      await side.server.send({ count: COUNT, rate: RATE || undefined });
      await tab.untilReceived(COUNT);
      const { profile } = await cdp.send('Profiler.stop');
      if (round === 0) return;
      const rows = selfTimes(profile).slice(0, TOP);
      note(`${side.name}, µs per event:\n\n${rows.map(line).join('\n')}`);
    });
  });
}

function selfTimes({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sums = new Map();
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const file = url.slice(url.lastIndexOf('/') + 1);
    const name = `${functionName || '(anonymous)'} ${file}${file ? `:${lineNumber}` : ''}`;
    sums.set(name, (sums.get(name) ?? 0) + timeDeltas[index]);
  });
  return [...sums].sort(([, a], [, b]) => b - a);
}

const line = ([name, micros]) => `- ${(micros / COUNT).toFixed(3)} ${name}`;
