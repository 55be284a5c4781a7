// npm run soak [-- --minutes 30 --rate 50 --seed 1]: tabs come and go at random under traffic, while
// those that survive must stay as small as they were, and get everything once and in order.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Problem } from '../scripts/lib/errors.mjs';
import { main } from '../scripts/lib/main.mjs';
import { launchBrowser } from './lib/browser.mjs';
import { Side } from './lib/side.mjs';
import { until } from './lib/until.mjs';
import { grown, sample } from './soak/sample.mjs';
import { Storm } from './soak/storm.mjs';

const SURVIVORS = 2;
const SAMPLES = 20;

await main(async () => {
  const { minutes, rate, seed } = options();
  const browser = await launchBrowser();
  const side = await Side.start('tabcast', browser, { recovery: true });
  try {
    side.url = `${side.server.url}/soak`;
    for (let i = 0; i < SURVIVORS; i++) await side.open('/soak');
    const storm = new Storm(side, randomFrom(seed));
    const storming = storm.run();
    const count = Math.round(minutes * 60 * rate);
    const sending = side.server.send({ count, rate });
    const samples = await watch(side.tabs, (minutes * 60_000) / SAMPLES);
    await sending;
    storm.stop();
    await storming;
    const problems = await judge(side, samples, count);
    await report(side, samples, storm, { minutes, rate, seed, count });
    if (problems.length > 0) throw new Problem(problems.join('\n'));
  } finally {
    await side.stop();
    await browser.close();
  }
});

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % 100_000) },
    },
  });
  return { minutes: Number(values.minutes), rate: Number(values.rate), seed: Number(values.seed) };
}

/** Samples of each tab, in turn, so that they do not disturb all at once. */
async function watch(tabs, everyMs) {
  const samples = tabs.map(() => []);
  for (let i = 0; i <= SAMPLES; i++) {
    for (const [index, tab] of tabs.entries()) samples[index].push(await sample(tab));
    if (i < SAMPLES) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return samples;
}

async function judge(side, samples, count) {
  const problems = samples.flatMap((each, i) =>
    grown(each).map((what) => `tab ${i} grew: ${what}`),
  );
  for (const [i, tab] of side.tabs.entries()) {
    const complete = async () => (await tab.get('seen')).next === count;
    await until('everything delivered', complete).catch(() => {});
    const { next, doubled } = await tab.get('seen');
    if (next !== count) problems.push(`tab ${i} got ${next} of ${count} messages`);
    if (doubled > 0) problems.push(`tab ${i} got ${doubled} messages twice`);
    const { queue, lag } = await tab.get('inspection');
    if (queue + lag > 0) problems.push(`tab ${i} has a queue of ${queue} and a lag of ${lag}`);
  }
  await until('one connection', async () => (await side.server.connections()) === 1).catch(() => {
    problems.push('there is not one connection in the end');
  });
  return problems;
}

async function report(side, samples, storm, { minutes, rate, seed, count }) {
  const done = Object.entries(storm.counts).map(([kind, times]) => `${times} × ${kind}`);
  console.log(
    `${minutes} minutes, ${rate} messages/s (${count}), seed ${seed}: ${done.join(', ')}`,
  );
  for (const [i, tab] of side.tabs.entries()) {
    const { state, seen, inspection } = Object.fromEntries(
      await Promise.all(
        ['state', 'seen', 'inspection'].map(async (name) => [name, await tab.get(name)]),
      ),
    );
    console.log(`\ntab ${i}: ${state.role}, term ${state.term}`);
    console.log(`  messages: ${line(seen)}`);
    console.log(`  tabs: ${line(inspection)}`);
    console.log('  heap MB   buffers MB   core MB   listeners   nodes');
    for (const each of samples[i].filter((_, at) => at % 4 === 0)) {
      const { heap, backing, core, listeners, nodes } = each;
      const cells = [heap.toFixed(2), backing.toFixed(2), core.toFixed(2), listeners, nodes];
      console.log(`  ${cells.map((cell) => String(cell).padStart(9)).join('')}`);
    }
  }
  console.log(
    `\nLoad of the machine: ${loadavg()
      .map((value) => value.toFixed(1))
      .join(' ')}`,
  );
}

function line(numbers) {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
