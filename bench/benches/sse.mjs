import { alternate, withSides } from '../lib/sides.mjs';
import { until } from '../lib/until.mjs';

export const title = 'Server-sent events';
export const peer = 'fetch + eventsource-parser';

const ROUNDS = 5;
const BURST = 20_000;
/** For this many events the tabs share a stream. */
const RELAYED = 1000;
const PACED = 400;
const RATE = 200;
/** Measurements of the parser in a round. */
const RUNS = 2;
/**
 * Events of 200 bytes in chunks of so many. They are there already: a network, and the browser's own
 * streams, cost more than what is to be compared.
 */
const CHUNKED = [
  // A fourth of them takes 60 ms, in which one garbage collection more or less is a fifth of the result.
  { chunkBytes: 16 << 10, kind: 'usual', name: '16 KiB', count: 800_000 },
  ...['umlauts', 'emoji', 'Chinese', 'mixed', 'CRLF'].map((kind) => ({
    ...{ chunkBytes: 16 << 10, kind, count: 400_000 },
    name: `16 KiB, ${kind}`,
  })),
  { chunkBytes: 1, kind: 'usual', name: '1 byte', count: 2000 },
];

const LATENCY = 'server → tab, 200/s';
const FOLLOWER = 'server → follower, 200/s, one stream for five tabs';
const RELAY = 'leader → follower, 200/s, one stream for five tabs';
const SPEED = 'events/s, 200 bytes, as fast as it goes';
const TASK = 'all tasks per event, as fast as it goes';
const parsed = (name) => `events per second of the main thread, 200 bytes, chunks of ${name}`;

export async function run({ browser, figures }) {
  figures.declare(LATENCY, 'ms');
  figures.declare(FOLLOWER, 'ms');
  figures.declare(RELAY, 'ms');
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
      for (const chunked of CHUNKED) rates.push(await parsingRates(tab, chunked));
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
    await relay(sides[0], figures);
  });
}

/** Several in a row: compilers are done after half a million events, and a single one says little. */
async function parsingRates(tab, { count, chunkBytes, kind }) {
  const rates = [];
  while (rates.length < RUNS) {
    const start = await tab.mainThread();
    await tab.page.evaluate((what) => window.parse(what), { count, chunkBytes, kind });
    const { task } = await tab.mainThread();
    rates.push((count * 1000) / (task - start.task));
  }
  return rates;
}

/** Five tabs share one stream; the peer has none to share. */
async function relay(side, figures) {
  while (side.tabs.length < 5) await side.open('/sse');
  const [leader, ...followers] = side.tabs;
  for (const tab of side.tabs) {
    await tab.page.evaluate(share, `/events?count=1000000&rate=${RATE}`);
    await until('a part in the stream', () => tab.page.evaluate(() => shared.heard.length > 0));
  }
  const role = await leader.page.evaluate(() => shared.role());
  if (role !== 'leader') throw new Error(`the first tab is a ${role}`);
  // All are there now.
  for (const { page } of side.tabs) await page.evaluate(() => void shared.heard.splice(0));
  await until('events', () =>
    leader.page.evaluate((count) => shared.heard.length > count, RELAYED),
  );

  const arrivals = async ({ page, offset }) =>
    (await page.evaluate(() => shared.heard)).map(({ n, sent, at }) => ({
      ...{ n, sent },
      at: at + offset,
    }));
  const first = new Map((await arrivals(leader)).map(({ n, at }) => [n, at]));
  for (const tab of followers) {
    const later = (await arrivals(tab)).filter(({ n }) => first.has(n));
    figures.add(
      FOLLOWER,
      side.name,
      later.map(({ at, sent }) => at - sent),
    );
    figures.add(
      RELAY,
      side.name,
      later.map(({ n, at }) => at - first.get(n)),
    );
  }
  for (const { page } of side.tabs) await page.evaluate(() => shared.close());
}

const share = (url) => window.share(url);

const consume = (tab, url, count) =>
  tab.page.evaluate(([address, wanted]) => window.consume(address, wanted), [url, count]);
