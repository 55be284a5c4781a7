import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'From navigation to the first event, not shared';
export const peer = 'socket.io-client';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);
const RTT = 30;

// Pages of one visit after the other; each kind of visit begins with an empty cache.
const VISITS = [
  { pages: ['cold cache', 'warm cache'] },
  { query: '?preload', pages: ['cold cache, the page preloads the wasm'] },
  {
    address: 'slowUrl',
    pages: [`${RTT} ms network, cold cache`, `${RTT} ms network, warm cache`],
  },
  {
    address: 'slowUrl',
    query: '?preload',
    pages: [`${RTT} ms network, cold cache, the page preloads the wasm`],
  },
];

export async function run({ browser, figures }) {
  for (const name of VISITS.flatMap(({ pages }) => pages)) figures.declare(name, 'ms');
  await withSides(browser, { rtt: RTT }, (sides) =>
    alternate(sides, ROUNDS + 1, async (side, round) => {
      // In the first round the server compresses its files.
      const record = round === 0 ? () => {} : (name, at) => figures.add(name, side.name, at);
      for (const visit of VISITS) await measure(side, visit, record);
    }),
  );
}

async function measure(side, { address = 'url', query = '', pages }, record) {
  const context = await side.browser.newContext();
  for (const name of pages) {
    const page = await context.newPage();
    // What has no wasm has none to preload.
    await page.goto(`${side.server[address]}/${side.name === 'tabcast' ? query : ''}#connect`);
    record(name, await page.evaluate(() => window.bench.firstEvent()));
    await page.close();
  }
  await context.close();
}
