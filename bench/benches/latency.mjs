import { alternate, withSides } from '../lib/sides.mjs';
import { until } from '../lib/until.mjs';
import { processes } from '../lib/browser.mjs';

export const title = 'Latency, five tabs, 200 messages/s of 200 bytes';
export const peer = '5 × socket.io-client';

const RATE = 200;
const ROUNDS = 3;
const DOWN = 500;
const UP = 300;
const ASKS = 200;

const SERVER_LEADER = 'server → leader';
const SERVER_FOLLOWER = 'server → follower';
const LEADER_FOLLOWER = 'leader → follower';
const TAB_TAB = 'tab → server → another tab';
const ASK_LEADER = 'emit + ack from the leader';
const ASK_FOLLOWER = 'emit + ack from a follower';

export async function run({ browser, figures, note }) {
  for (const name of [
    SERVER_LEADER,
    SERVER_FOLLOWER,
    LEADER_FOLLOWER,
    TAB_TAB,
    ASK_LEADER,
    ASK_FOLLOWER,
  ]) {
    figures.declare(name, 'ms');
  }
  await withSides(browser, { floor: true }, async (sides) => {
    for (const side of sides) await side.connectTabs(5);
    note(await clockNote(sides[0]));
    const renderers = (await processes(browser)).filter(({ type }) => type === 'renderer');
    note(`${renderers.length} renderer processes for ${5 * sides.length} tabs.`);
    await alternate(sides, ROUNDS, async (side, round) => {
      const record =
        round === 0 ? () => {} : (name, samples) => figures.add(name, side.name, samples);
      await measureDown(side, record);
      if (side.name === 'floor') return;
      await measureAcross(side, record);
      await measureAsks(side, record);
    });
  });
}

async function measureDown(side, record) {
  await side.clear();
  await side.server.send({ count: DOWN, rate: RATE });
  await Promise.all(side.tabs.map((tab) => tab.untilReceived(DOWN)));
  const { leader, followers } = await side.roles();
  if (leader === undefined) {
    for (const tab of side.tabs) {
      const latencies = sinceSent(await arrivals(tab));
      record(SERVER_LEADER, latencies);
      record(SERVER_FOLLOWER, latencies);
    }
    return;
  }
  const first = await arrivals(leader);
  record(SERVER_LEADER, sinceSent(first));
  for (const tab of followers) {
    const later = await arrivals(tab);
    record(SERVER_FOLLOWER, sinceSent(later));
    record(
      LEADER_FOLLOWER,
      later.map(({ at }, index) => at - first[index].at),
    );
  }
}

async function measureAcross(side, record) {
  await side.clear();
  const { followers } = await side.roles();
  const [from, to] = followers;
  await from.call('say', { count: UP, rate: RATE, offset: from.offset });
  await until('said', async () => (await to.get('said')) >= UP);
  const { said } = await to.call('take');
  record(
    TAB_TAB,
    said.map(([at, sent]) => at + to.offset - sent),
  );
}

async function measureAsks(side, record) {
  const { leader, followers } = await side.roles();
  const asks = { count: ASKS, rate: RATE };
  record(ASK_LEADER, await (leader ?? side.tabs[0]).call('askPaced', asks));
  record(ASK_FOLLOWER, await followers[0].call('askPaced', asks));
}

async function arrivals(tab) {
  const { at, sent } = await tab.call('take');
  return at.map((time, index) => ({ at: time + tab.offset, sent: sent[index] }));
}

const sinceSent = (list) => list.map(({ at, sent }) => at - sent);

/** The offset that the browser reports has to lie within what round trips to the server allow. */
async function clockNote(side) {
  const lines = [];
  for (const tab of side.tabs) {
    const [low, high] = await tab.call('clockBounds');
    if (tab.offset < low || tab.offset > high) {
      throw new Error(`unable to compare clocks; ${tab.offset} is not in [${low}, ${high}]`);
    }
    lines.push(`[${(low - tab.offset).toFixed(2)}, +${(high - tab.offset).toFixed(2)}]`);
  }
  return `Clocks: offset of each tab checked against pings, bounds in ms: ${lines.join(' ')}.`;
}
