import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'Server-sent events';
export const peer = 'fetch + eventsource-parser';

const ROUNDS = 5;
const BURST = 20_000;
const PACED = 400;
const RATE = 200;
/** Events of 200 bytes that are there already, in chunks of so many bytes. */
const CHUNKED = [
  { chunkBytes: 16 << 10, name: '16 KiB', count: 50_000 },
  { chunkBytes: 1, name: '1 byte', count: 1000 },
];

const LATENCY = 'server → tab, 200/s';
const FOLLOWER = 'leader → follower, 200/s';
const SPEED = 'events/s, 200 bytes, as fast as it goes';
const TASK = 'all tasks per event, as fast as it goes';
const parsed = (name) => `events/s without a network, 200 bytes, chunks of ${name}`;

export async function run({ browser, figures }) {
  figures.declare(LATENCY, 'ms');
  figures.declare(FOLLOWER, 'ms');
  figures.declare(SPEED, '1/s', { better: 'higher' });
  figures.declare(TASK, 'µs');
  for (const { name } of CHUNKED) figures.declare(parsed(name), '1/s', { better: 'higher' });
  await withSides(browser, {}, async (sides) => {
    for (const side of sides) await side.open('/sse');
    await alternate(sides, ROUNDS, async (side, round) => {
      const [tab] = side.tabs;
      const paced = await consume(tab, `/events?count=${PACED}&rate=${RATE}`, PACED);
      const before = await tab.mainThread();
      const burst = await consume(tab, `/events?count=${BURST}`, BURST);
      const after = await tab.mainThread();
      const rates = [];
      for (const { count, chunkBytes } of CHUNKED) {
        const { took } = await tab.page.evaluate((what) => window.parse(what), {
          count,
          chunkBytes,
        });
        rates.push((count * 1000) / took);
      }
      // The first round warms up.
      if (round === 0) return;
      figures.add(
        LATENCY,
        side.name,
        paced.at.map((at, i) => at + tab.offset - paced.sent[i]),
      );
      figures.add(SPEED, side.name, (BURST * 1000) / burst.took);
      figures.add(TASK, side.name, ((after.task - before.task) * 1000) / BURST);
      CHUNKED.forEach(({ name }, at) => figures.add(parsed(name), side.name, rates[at]));
    });
  });
}

const consume = (tab, url, count) =>
  tab.page.evaluate(([address, wanted]) => window.consume(address, wanted), [url, count]);
