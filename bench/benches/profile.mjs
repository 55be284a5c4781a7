import { alternate, withPair } from '../lib/pair.mjs';

export const title = 'Where the time goes: reception of 30,000 events in one tab';
export const peer = 'socket.io-client';

const COUNT = 30_000;
const TOP = 16;

export async function run({ browser, figures, note }) {
  await withPair(browser, async (sides) => {
    await sides.tabcast.connectTabs(1, { shared: process.env.BENCH_SHARED === '1' });
    await sides.peer.connectTabs(1, { shared: false });
    await alternate(sides, 2, async (side, round) => {
      const { cdp } = side.tabs[0];
      await side.clear();
      await cdp.send('Profiler.enable');
      await cdp.send('Profiler.setSamplingInterval', { interval: 200 });
      await cdp.send('Profiler.start');
      await side.server.send({ count: COUNT });
      await side.tabs[0].untilReceived(COUNT);
      const { profile } = await cdp.send('Profiler.stop');
      if (round === 0) return;
      const rows = selfTimes(profile).slice(0, TOP);
      figures.declare('reported', '');
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
