import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChromiumTab, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { until } from '../lib/until.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const ATTEMPTS = 12;

let browser: Browser;
let page: Lab;
beforeAll(async () => {
  browser = await launchChromium();
  page = await Lab.start();
});
afterAll(async () => {
  await browser?.close();
  await page?.stop();
});

/** SplitMix64, the generator of tabcast's core (`src/rng.rs`). */
function* generator(seed: bigint): Generator<bigint, never> {
  const wrap = (n: bigint): bigint => BigInt.asUintN(64, n);
  for (let state = seed; ;) {
    state = wrap(state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    yield z ^ (z >> 31n);
  }
}

/** What tabcast draws for its attempts if the page gives it `seed`: its connections have their own. */
function drawnFrom(seed: number): number[] {
  const first = (from: bigint): bigint => generator(from).next().value;
  const numbers = generator(first(first(BigInt(seed))));
  return Array.from({ length: ATTEMPTS }, () => Number(numbers.next().value >> 11n) / 2 ** 53);
}

/** How long a client waits before each attempt, in milliseconds of a clock that the test moves. */
async function delays(module: string, seed: number, options: object): Promise<number[]> {
  const context = await browser.newContext();
  const tab = await ChromiumTab.in(context);
  await tab.page.clock.install({ time: 0 });
  await tab.goto(page.url);
  await tab.page.clock.pauseAt(10_000);
  await tab.run(
    `const { io } = await import(args[0]);
     const drawn = args[2];
     Math.random = () => drawn.shift();
     crypto.getRandomValues = (bytes) => { bytes.fill(0); bytes[0] = args[3]; return bytes; };
     window.delays = [];
     const { io: manager } = io(args[1], { transports: ['websocket'], ...args[4] });
     let armed;
     manager.on('error', () => { armed = performance.now(); });
     manager.on('reconnect_attempt', () => window.delays.push(Math.round(performance.now() - armed)));`,
    module,
    await deadUrl(),
    drawnFrom(seed),
    seed,
    { ...options, reconnectionAttempts: ATTEMPTS },
  );
  const waited = await until('all attempts', async () => {
    await tab.page.clock.runFor(1000);
    const delays = await tab.run<number[]>('return delays');
    return delays.length === ATTEMPTS && delays;
  });
  await context.close();
  return waited;
}

/** Of a server that is gone. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const both = async (seed: number, options: object): Promise<[number[], number[]]> => [
  await delays('/reference.js', seed, options),
  await delays('/dist/index.js', seed, options),
];

test.each([
  ['the defaults', 1, 1000, 5000, 0.5],
  ['other numbers', 2, 1000, 5000, 0.5],
  ['a longer way up', 3, 100, 20_000, 0.5],
  ['all jitter', 4, 1000, 6000, 1],
])(
  'with %s only the longest delay is not that of upstream',
  async (_, seed, min, max, randomizationFactor) => {
    const options = { reconnectionDelay: min, reconnectionDelayMax: max, randomizationFactor };
    const upstream = await delays('/reference.js', seed, options);
    const tabcast = await delays('/dist/index.js', seed, options);

    // Upstream caps what jitter made of a delay, tabcast adds jitter to what was capped.
    const isBelow = (delay: number, n: number): boolean => min * 2 ** n <= max && delay < max;
    expect(upstream.filter(isBelow).length).toBeGreaterThan(1);
    const apart = upstream.map((delay, n) => (isBelow(delay, n) ? delay - tabcast[n]! : 0));
    expect(Math.max(...apart.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(README).toContain('| jitter stays at the longest delay');
    expect(new Set(upstream.slice(-2))).toEqual(new Set([max]));
    expect(new Set(tabcast).size).toBe(ATTEMPTS);
    expect(Math.max(...tabcast)).toBeLessThanOrEqual(max);
  },
);

test('without jitter attempts are as far apart as upstream', async () => {
  const upstream = await delays('/reference.js', 1, { randomizationFactor: 0 });
  const tabcast = await delays('/dist/index.js', 1, { randomizationFactor: 0 });

  expect(upstream.slice(0, 4)).toEqual([1000, 2000, 4000, 5000]);
  expect(tabcast).toEqual(upstream);
});
