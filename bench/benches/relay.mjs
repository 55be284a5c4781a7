import { monotonicMs } from '../lib/clock.mjs';
import { alternate, withSides } from '../lib/sides.mjs';
import { until } from '../lib/until.mjs';

export const title = 'Tabs alone, without a server: five tabs, messages of 200 bytes';
export const peer = 'tab-election';
export const floor = 'broadcast-channel';

const TABS = 5;
const ROUNDS = 4;
const FAULT_ROUNDS = 6;
const FLOOD = 50_000;
const PACED = { count: 300, rate: 200 };

const RATE = 'events/s to the slowest of four followers';
const LATENCY = 'leader → follower at 200/s';
const CLOSED = 'leader closed: until the next one leads';
const CRASHED = 'leader crashed: until the next one leads';

export async function run({ browser, figures, progress }) {
  figures.declare(RATE, '1/s', { better: 'higher' });
  for (const name of [LATENCY, CLOSED, CRASHED]) figures.declare(name, 'ms');
  await withSides(browser, { floor: true }, async (sides) => {
    for (const side of sides) await fill(side);
    progress('all sides have a leader');
    await alternate(sides, ROUNDS, async (side, round) => {
      // The first round warms up.
      const record =
        round === 0 ? () => {} : (name, samples) => figures.add(name, side.name, samples);
      await measureFlood(side, record);
      await measureLatency(side, record);
      progress(`round ${round + 1} of ${ROUNDS}: ${side.name} relayed`);
    });
    await alternate(sides, FAULT_ROUNDS, async (side, round) => {
      figures.add(CLOSED, side.name, await handOver(side, (tab) => tab.close()));
      figures.add(CRASHED, side.name, await handOver(side, async (tab) => tab.crash()));
      progress(`round ${round + 1} of ${FAULT_ROUNDS}: ${side.name} handed over`);
    });
  });
}

/** Opens tabs until there are enough, and waits until one leads and reaches all others. */
async function fill(side) {
  while (side.tabs.length < TABS) await side.open('/relay');
  const { leader, followers } = await until('a leader', () => roles(side));
  await until('followers', async () => {
    await leader.callWith('pace', 1, 1000);
    const counts = await Promise.all(followers.map((tab) => tab.get('count')));
    return counts.every((count) => count > 0);
  });
}

async function roles(side) {
  const leads = await Promise.all(side.tabs.map((tab) => tab.get('leads')));
  const at = leads.indexOf(true);
  if (at < 0) return undefined;
  return { leader: side.tabs[at], followers: side.tabs.filter((_, index) => index !== at) };
}

async function measureFlood(side, record) {
  const { leader, followers } = await roles(side);
  await Promise.all(followers.map((tab) => tab.call('take')));
  const done = followers.map((tab) => tab.untilReceived(FLOOD));
  const began = (await leader.call('flood', FLOOD)) + leader.offset;
  await Promise.all(done);
  const taken = await Promise.all(followers.map((tab) => tab.call('take')));
  const ends = taken.map(({ lastAt }, index) => lastAt + followers[index].offset);
  record(RATE, (FLOOD * 1000) / (Math.max(...ends) - began));
}

async function measureLatency(side, record) {
  const { leader, followers } = await roles(side);
  const done = followers.map((tab) => tab.untilReceived(PACED.count));
  await leader.callWith('pace', PACED.count, PACED.rate);
  await Promise.all(done);
  for (const tab of followers) {
    const { latencies } = await tab.call('take');
    record(
      LATENCY,
      latencies.map((latency) => latency + tab.offset - leader.offset),
    );
  }
}

async function handOver(side, fault) {
  const { leader, followers } = await roles(side);
  const began = monotonicMs();
  await fault(leader);
  side.tabs = followers;
  const heir = await until('an heir', async () => (await roles(side))?.leader);
  const took = (await heir.get('ledAt')) + heir.offset - began;
  await fill(side);
  return took;
}
