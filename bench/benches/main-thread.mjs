import { cpuTime } from '../lib/browser.mjs';
import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'Five tabs, cost of one server message of 200 bytes';
export const peer = '5 × socket.io-client';

const ROUNDS = 4;
const LOADS = [
  { rate: 200, count: 500 },
  { rate: 1000, count: 2000 },
];

const CONNECTIONS = 'connections on the server';

export async function run({ browser, figures }) {
  figures.declare(CONNECTIONS, '');
  for (const { rate } of LOADS) {
    figures.declare(`main threads, all tasks, ${rate}/s`, 'µs');
    figures.declare(`main threads, script only, ${rate}/s`, 'µs');
    figures.declare(`CPU of the whole browser, ${rate}/s`, 'µs');
  }
  await withSides(browser, { floor: true }, async (sides) => {
    for (const side of sides) await side.connectTabs(5);
    await alternate(sides, ROUNDS, async (side, round) => {
      for (const load of LOADS) {
        const cost = await costOf(browser, side, load);
        // The first round warms up.
        if (round === 0) continue;
        figures.add(`main threads, all tasks, ${load.rate}/s`, side.name, cost.task);
        figures.add(`main threads, script only, ${load.rate}/s`, side.name, cost.script);
        figures.add(`CPU of the whole browser, ${load.rate}/s`, side.name, cost.cpu);
      }
      if (round > 0) figures.add(CONNECTIONS, side.name, await side.server.connections());
    });
  });
}

/** Microseconds for each message, all tabs together. */
async function costOf(browser, side, { rate, count }) {
  await side.clear();
  const before = await counters(browser, side);
  await side.server.send({ count, rate });
  // The harness looks in only when all should be there: its own calls cost the tabs time too.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const after = await counters(browser, side);
  await Promise.all(side.tabs.map((tab) => tab.untilReceived(count)));
  const perMessage = (name) => ((after[name] - before[name]) * 1000) / count;
  return { task: perMessage('task'), script: perMessage('script'), cpu: perMessage('cpu') };
}

async function counters(browser, side) {
  const threads = await Promise.all(side.tabs.map((tab) => tab.mainThread()));
  const sum = (name) => threads.reduce((total, thread) => total + thread[name], 0);
  return { task: sum('task'), script: sum('script'), cpu: await cpuTime(browser) };
}
