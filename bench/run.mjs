// npm run bench [-- name …]: measures tabcast beside its peers in one browser, and prints tables.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../scripts/lib/errors.mjs';
import { main } from '../scripts/lib/main.mjs';
import { launchBrowser } from './lib/browser.mjs';
import { Figures } from './lib/figures.mjs';
import { markdown } from './lib/report.mjs';

const NAMES = [
  'size',
  'latency',
  'main-thread',
  'one-tab',
  'start',
  'fan-out',
  'relay',
  'handover',
  'sse',
];
// They take no part in a run of all: one explains a figure, one takes half an hour.
const ON_DEMAND = ['profile', 'rounds'];
const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

await main(async () => {
  const names = selection(process.argv.slice(2));
  const results = [];
  for (const name of names) results.push(await measure(name));
  const run = { at: new Date().toISOString(), node: process.version, load: loadavg(), results };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${run.at.replaceAll(':', '-')}.json`), JSON.stringify(run));
  const load = run.load.map((value) => value.toFixed(1)).join(' ');
  console.log(`\n${markdown(results)}\n\nLoad of the machine: ${load}. Samples: bench/results`);
});

function selection(asked) {
  const unknown = asked.filter((name) => !NAMES.includes(name) && !ON_DEMAND.includes(name));
  if (unknown.length === 0) return asked.length > 0 ? asked : NAMES;
  const known = [...NAMES, ...ON_DEMAND].join(', ');
  throw new Problem(`unable to run ${unknown.join(', ')}; the benches are: ${known}`);
}

async function measure(name) {
  const bench = await import(`./benches/${name}.mjs`);
  const began = Date.now();
  const figures = new Figures();
  const notes = [];
  // A browser of its own for each: no bench inherits the warm caches of another.
  const browser = bench.browsers === 'own' ? undefined : await launchBrowser();
  try {
    await bench.run({
      browser,
      figures,
      note: (text) => notes.push(text),
      progress: (text) => console.log(`${name}: ${text}`),
    });
  } finally {
    await browser?.close();
  }
  console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return {
    name,
    title: bench.title,
    peer: bench.peer,
    floor: bench.floor,
    figures: figures.results(),
    notes,
  };
}
