import { Side } from '../lib/side.mjs';
import { monotonicMs } from '../lib/clock.mjs';
import { until } from '../lib/until.mjs';

export const title = 'Handover: the leader tab goes, five tabs, 200 messages/s down and up';
// With a connection for each tab there is nothing to hand over.
export const peer = 'no peer';

const ROUNDS = 12;
const TABS = 5;
const RATE = 200;
const SETTLED_MS = 300;
const LEAD_IN_MS = 300;
const FAULT_MS = 1000;

const CALM = 'no fault: longest pause in 300 ms';

const FAULTS = {
  close: (tab) => tab.close(),
  crash: async (tab) => tab.crash(),
  reload: (tab) => tab.page.reload(),
};

export async function run({ browser, figures, note }) {
  figures.declare(CALM, 'ms');
  const side = await Side.start('tabcast', browser, { recovery: true });
  try {
    for (const fault of Object.keys(FAULTS)) await measureFault(side, fault, figures, note);
  } finally {
    await side.stop();
  }
}

async function measureFault(side, fault, figures, note) {
  const gap = `${fault}: longest pause of deliveries in a surviving tab`;
  const reconnect = `${fault}: until the next tab is connected`;
  figures.declare(gap, 'ms');
  figures.declare(reconnect, 'ms');
  const down = { lost: 0, doubled: 0, reordered: 0 };
  const up = { lost: 0, doubled: 0, reordered: 0 };
  let [recovered, messages, requests] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    await side.connectTabs(TABS);
    const seen = await handOver(side, FAULTS[fault]);
    figures.add(gap, side.name, Math.max(...seen.pauses.map(({ after }) => after)));
    figures.add(CALM, side.name, Math.max(...seen.pauses.map(({ before }) => before)));
    figures.add(reconnect, side.name, seen.reconnect);
    for (const numbers of seen.received) tally(down, numbers, seen.sentDown);
    tally(up, seen.numbersUp, seen.sentUp);
    recovered += seen.recovered ? 1 : 0;
    messages += seen.sentDown * seen.received.length;
    requests += seen.sentUp;
  }
  note(
    `${fault}, ${ROUNDS} rounds: server → tabs ${text(down)} of ${messages} deliveries; ` +
      `follower → server ${text(up)} of ${requests} emits; session recovered in ${recovered}.`,
  );
}

async function handOver(side, fault) {
  await side.clear();
  await side.server.forget();
  const { leader, followers } = await side.roles();
  await followers[0].call('startCounting', RATE);
  const count = ((LEAD_IN_MS + FAULT_MS) * RATE) / 1000;
  const sending = side.server.send({ count, rate: RATE });
  await new Promise((resolve) => setTimeout(resolve, LEAD_IN_MS));

  const began = monotonicMs();
  await fault(leader);
  side.tabs = followers;
  const connections = await until('connected again', async () => {
    const seen = await side.server.seen();
    return seen.connections.length > 0 && seen.connections;
  });
  await sending;
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const sentUp = await followers[0].call('stopCounting');
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));

  const taken = await Promise.all(followers.map((tab) => tab.call('take')));
  const { numbers: numbersUp } = await side.server.seen();
  if (fault === FAULTS.reload) await leader.close();
  return {
    pauses: followers.map((tab, i) => pauses(taken[i].at, began - tab.offset)),
    reconnect: connections[0].at - began,
    recovered: connections[0].recovered,
    received: taken.map(({ numbers }) => numbers),
    sentDown: count,
    numbersUp,
    sentUp,
  };
}

/** The longest pauses between arrivals: of those that end before `moment`, and of those after. */
function pauses(times, moment) {
  const longest = { before: 0, after: 0 };
  times.slice(1).forEach((time, i) => {
    const when = time < moment ? 'before' : 'after';
    longest[when] = Math.max(longest[when], time - times[i]);
  });
  return longest;
}

/** Compares what came with 0, 1, … `count` - 1. */
function tally(sums, numbers, count) {
  const distinct = new Set(numbers);
  sums.lost += count - distinct.size;
  sums.doubled += numbers.length - distinct.size;
  sums.reordered += numbers.filter((n, index) => index > 0 && n < numbers[index - 1]).length;
}

const text = ({ lost, doubled, reordered }) =>
  `${lost} lost, ${doubled} doubled, ${reordered} reordered`;
