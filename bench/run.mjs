// npm run bench [-- name …]: measures tabcast beside its peers in one browser, and prints tables.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from './lib/browser.mjs';
import { Figures } from './lib/figures.mjs';
import { markdown } from './lib/report.mjs';

const NAMES = ['size', 'latency', 'main-thread', 'one-tab', 'fan-out', 'handover', 'sse'];
const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => ![...NAMES, 'profile'].includes(name));
if (unknown.length > 0) {
  console.error(`error: no bench ${unknown.join(', ')}; there are: ${NAMES.join(', ')}, profile`);
  process.exit(1);
}

const results = [];
for (const name of asked.length > 0 ? asked : NAMES) results.push(await measure(name));

const table = markdown(results);
const run = { at: new Date().toISOString(), node: process.version, load: loadavg(), results };
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}${run.at.replaceAll(':', '-')}.json`, JSON.stringify(run));
console.log(
  `\n${table}\n\nload ${loadavg()
    .map((l) => l.toFixed(1))
    .join(' ')}; samples in bench/results`,
);

async function measure(name) {
  const bench = await import(`./benches/${name}.mjs`);
  const began = Date.now();
  const figures = new Figures();
  const notes = [];
  // A browser of its own for each: no bench inherits the warm caches of another.
  const browser = await launchBrowser();
  try {
    await bench.run({ browser, figures, note: (text) => notes.push(text) });
  } finally {
    await browser.close();
  }
  console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return { name, title: bench.title, peer: bench.peer, figures: figures.results(), notes };
}
