import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { Probe, SHARED } from '../lib/probe.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
let profile: Profile;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start();
  profile = await chromiumProfile(browser);
});
afterEach(async () => {
  await profile.close();
  await lab.stop();
});

/** A tab with a shared socket, connected. */
async function open(url = lab.url, io: Record<string, unknown> = {}): Promise<Probe> {
  const tab = await profile.open(lab.url);
  const probe = await Probe.open(tab, url, { io: { ...SHARED, ...io }, listen: ['news'] });
  await probe.untilConnected();
  return probe;
}

async function tabCount(probe: Probe): Promise<number> {
  return probe.run('return socket.io.tabs.getSnapshot().count');
}

test('two servers never share a connection, and nothing passes between them', async () => {
  const other = await Lab.start();
  const here = [await open(), await open()];
  const there = [await open(other.url), await open(other.url)];

  lab.io.emit('news', 'from one');
  other.io.emit('news', 'from the other');

  for (const probe of here) await probe.untilNoted([['connect'], ['news', 'from one']]);
  for (const probe of there) await probe.untilNoted([['connect'], ['news', 'from the other']]);
  expect([lab.connections, other.connections]).toEqual([1, 1]);
  await other.stop();
});

test('two apps of one user on one server never share a connection', async () => {
  await open(lab.url, { app: 'shop' });
  await open(lab.url, { app: 'admin' });

  expect(lab.connections).toBe(2);
});

test('a token of one namespace is never presented to another', async () => {
  const presented: [string, unknown][] = [];
  for (const name of ['/orders', '/admin']) {
    lab.io.of(name).use((socket, next) => {
      presented.push([name, socket.handshake.auth.token]);
      next();
    });
  }

  // Without it the second tab would be connected only when the first is gone.
  const tabs = { shareAuth: true };
  const orders = await open(`${lab.url}/orders`, { tabs, auth: { token: 'of orders' } });
  const admin = await open(`${lab.url}/admin`, { tabs, auth: { token: 'of admin' } });
  await orders.tab.close();
  await until(
    'the heir',
    async () => lab.io.of('/orders').sockets.size === 0 && (await admin.connected()),
  );

  expect(lab.connections).toBe(1);
  expect(presented).toContainEqual(['/orders', 'of orders']);
  expect(presented).toContainEqual(['/admin', 'of admin']);
  const strange = presented.filter(
    ([name, token]) => token !== undefined && token !== `of ${name.slice(1)}`,
  );
  expect(strange).toEqual([]);
});

test('tabs of a build with another wire version have a connection of their own', async () => {
  const path = '/dist/socket/scope.js';
  const source = await readFile(new URL(`../../../js${path}`, import.meta.url), 'utf8');
  const newer = source.replace(/WIRE_MAJOR = \d+/, 'WIRE_MAJOR = 99');
  expect(newer).not.toBe(source);
  const old = [await open(), await open()];
  lab.replaced.set(path, { bytes: Buffer.from(newer) });

  const fresh = [await open(), await open()];

  lab.io.emit('news', 1);
  for (const probe of [...old, ...fresh]) await probe.untilNoted([['connect'], ['news', 1]]);
  expect(lab.connections).toBe(2);
  for (const probe of [...old, ...fresh]) await untilEqual('tabs', () => tabCount(probe), 2);
});

test('what strangers say on the channel changes nothing', async () => {
  const ROUNDS = 50;
  const probes = [await open(), await open()];
  const stranger = await profile.open(lab.url);
  const [lead] = await stranger.run<string[]>(
    `return (await navigator.locks.query()).held
       .map(({ name }) => name).filter((name) => name.startsWith('tabcast:lead:'));`,
  );
  const said = await stranger.run<number>(
    `const channel = new BroadcastChannel(args[0]);
     const bytes = (...values) => new Uint8Array(values);
     const words = [
       // Another version of the wire; bytes that end too soon, or mean nothing; no array at all.
       [bytes(99, 1, 2, 3), 'a text'], [bytes(2)], [bytes(2, 255, 255, 255, 255)], [bytes()],
       [new Uint8Array(100_000).fill(2)], [], ['text only'], [1, 2], 'text', 7, null, undefined,
       { control: 1 }, new Map(), [bytes(2, 0, 0, 0, 0), {}, []], new ArrayBuffer(8),
     ];
     for (let round = 0; round < args[1]; round++) for (const word of words) channel.postMessage(word);
     return words.length;`,
    lead!.replace('tabcast:lead:', 'tabcast:'),
    ROUNDS,
  );

  lab.io.emit('news', 1);

  expect(said).toBeGreaterThan(10);
  for (const probe of probes) {
    await probe.untilNoted([['connect'], ['news', 1]]);
    expect(await probe.uncaught()).toEqual([]);
    expect(await tabCount(probe)).toBe(2);
    const { foreign, otherVersion } = await probe.run<Record<string, number>>(
      'return socket.io.inspect()',
    );
    expect(otherVersion).toBe(ROUNDS);
    expect(foreign).toBeGreaterThan(10 * ROUNDS);
  }
  expect(lab.connections).toBe(1);
  await probes[0]!.tab.close();
  await until('an heir', async () => lab.connections === 1 && (await probes[1]!.connected()));
});
