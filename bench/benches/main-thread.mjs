import { cpuTime } from '../lib/browser.mjs';
import { alternate, withSides } from '../lib/sides.mjs';
import { until } from '../lib/until.mjs';

export const title = 'Five tabs, cost of one server message of 200 bytes';
export const peer = '5 × socket.io-client';

const ROUNDS = 4;
const LOADS = [
  { rate: 200, count: 500 },
  { rate: 1000, count: 2000 },
];

/** Which tabs are visible, and who of them leads. */
const VIEWS = [
  { name: 'all visible', window: false },
  { name: 'one visible, which leads', window: true, shown: 'leader' },
  { name: 'one visible, a hidden one leads', window: true, shown: 'follower' },
];

const CONNECTIONS = 'connections on the server';

export async function run({ browser, figures }) {
  figures.declare(CONNECTIONS, '');
  const views = VIEWS.filter(({ name }) => name.includes(process.env.BENCH_VIEW ?? ''));
  for (const view of views) await measure(browser, figures, view);
}

async function measure(browser, figures, { name, window, shown }) {
  const figure = (what, rate) => `${what}, ${rate}/s, ${name}`;
  for (const { rate } of LOADS) {
    figures.declare(figure('main threads, all tasks', rate), 'µs');
    figures.declare(figure('main threads, script only', rate), 'µs');
    figures.declare(figure('CPU of the whole browser', rate), 'µs');
  }
  await withSides(browser, { floor: true, window }, async (sides) => {
    for (const side of sides) {
      await side.connectTabs(5);
      if (window) await show(side, shown);
    }
    await alternate(sides, ROUNDS, async (side, round) => {
      for (const load of LOADS) {
        const cost = await costOf(browser, side, load);
        // The first round warms up.
        if (round === 0) continue;
        figures.add(figure('main threads, all tasks', load.rate), side.name, cost.task);
        figures.add(figure('main threads, script only', load.rate), side.name, cost.script);
        figures.add(figure('CPU of the whole browser', load.rate), side.name, cost.cpu);
      }
      if (round > 0) figures.add(CONNECTIONS, side.name, await side.server.connections());
    });
  });
}

/** Makes the leader or a follower the visible tab; where all are connected, the first or another. */
async function show(side, shown) {
  const { leader, followers } =
    side.name === 'peer'
      ? { leader: side.tabs[0], followers: side.tabs.slice(1) }
      : await side.roles();
  const tab = shown === 'leader' ? leader : followers[0];
  await tab.show();
  await until('one visible tab', async () => {
    const states = await Promise.all(
      side.tabs.map(({ page }) => page.evaluate(() => document.visibilityState)),
    );
    return states.filter((state) => state === 'visible').length === 1;
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
