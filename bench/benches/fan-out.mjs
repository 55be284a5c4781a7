import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'Fan-out: a burst of 10,000 events to five tabs';
export const peer = '5 × socket.io-client';

const ROUNDS = 4;
const COUNT = 10_000;

const RATE = 'events/s to the slowest tab';
const LEADER_RATE = 'events/s to the leader, or the fastest tab';
const TASK = 'main threads of five tabs, per event';

export async function run({ browser, figures }) {
  figures.declare(RATE, '1/s', { better: 'higher' });
  figures.declare(LEADER_RATE, '1/s', { better: 'higher' });
  figures.declare(TASK, 'µs');
  await withSides(browser, {}, async (sides) => {
    for (const side of sides) await side.connectTabs(5);
    await alternate(sides, ROUNDS, async (side, round) => {
      await side.clear();
      const before = await taskTime(side);
      await side.server.send({ count: COUNT });
      await Promise.all(side.tabs.map((tab) => tab.untilReceived(COUNT)));
      const after = await taskTime(side);
      // The first round warms up.
      if (round === 0) return side.clear();
      const rates = await Promise.all(side.tabs.map(rateOf));
      figures.add(RATE, side.name, Math.min(...rates));
      figures.add(LEADER_RATE, side.name, Math.max(...rates));
      figures.add(TASK, side.name, ((after - before) * 1000) / COUNT);
    });
  });
}

async function rateOf(tab) {
  const { at, sent } = await tab.call('take');
  return (COUNT * 1000) / (at.at(-1) + tab.offset - sent[0]);
}

async function taskTime(side) {
  const threads = await Promise.all(side.tabs.map((tab) => tab.mainThread()));
  return threads.reduce((sum, { task }) => sum + task, 0);
}
