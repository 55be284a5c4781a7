import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { freePort } from '../lib/free-port.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe } from '../lib/probe.js';
import { until } from '../lib/until.js';

/** Between attempts at the least, in milliseconds: half of the delay, at a jitter of 0.5. */
const SHORTEST = 50;
const SLOW = { reconnectionDelay: 2 * SHORTEST, reconnectionDelayMax: 2 * SHORTEST };

interface Row {
  readonly what: string;
  readonly url: string;
  readonly io?: Record<string, unknown>;
}

const ROWS: Row[] = [
  { what: 'a host that does not exist', url: 'http://nowhere.invalid' },
  { what: 'a port where nobody listens', url: 'http://127.0.0.1:{free}' },
  { what: 'a port that browsers refuse', url: 'http://127.0.0.1:6000' },
  { what: 'a port that is no number', url: 'http://127.0.0.1:http' },
  { what: 'a port that is too large', url: 'http://127.0.0.1:99999' },
  { what: 'a path that the server does not serve', url: '{lab}', io: { path: '/elsewhere' } },
  { what: 'a scheme that is none', url: 'ftp://nowhere.invalid' },
  { what: 'a host with a blank', url: 'http://no where' },
  { what: 'an IPv6 address that does not end', url: 'http://[::1' },
  { what: 'a port option that makes no sense', url: '', io: { hostname: 'x.invalid', port: '-1' } },
  { what: 'a subprotocol that is none', url: '{lab}', io: { protocols: ['not valid', '@'] } },
];

let browser: Browser;
let lab: Lab;
let tab: ChromiumTab;
beforeAll(async () => {
  browser = await launchChromium();
  lab = await Lab.start();
  tab = await (await chromiumProfile(browser)).open(lab.url);
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

const closed = await freePort();

test.each(ROWS)('$what gives an error, again at every attempt', async ({ url, io }) => {
  const other = await Probe.open(tab, lab.url, { io: { ...FAST, forceNew: true }, name: 'other' });
  await other.untilConnected();
  const target = url.replace('{lab}', lab.url).replace('{free}', `${closed}`);

  const probe = await Probe.open(tab, target, { io: { ...SLOW, ...io, forceNew: true } });
  await until('attempts', async () => (await probe.notesOf('connect_error')).length >= 5, 30_000);
  await probe.run('socket.disconnect()');

  const notes = await probe.notes();
  expect(notes).toEqual(notes.map(() => ['connect_error', 'unavailable']));
  const times = await probe.times('connect_error');
  // An address that fails at once is tried twice: for the connection, and for the namespace.
  const gaps = times.slice(2).map((time, at) => time - times[at + 1]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SHORTEST - 5);
  lab.io.emit('after', 1);
  await other.untilNoted([['connect'], ['after', 1]]);
  expect(await probe.uncaught()).toEqual([]);
});

test('an address that is too long is refused at once', async () => {
  const code = await tab.run(`
    try {
      window.tabcast.io('http://' + 'a'.repeat(10_000));
      return 'accepted';
    } catch (error) {
      return [error instanceof window.tabcast.TabcastError, error.code];
    }
  `);

  expect(code).toEqual([true, 'invalid']);
});

test('a server that does not answer gives a timeout', async () => {
  const { createServer } = await import('node:net');
  const silent = createServer(() => undefined);
  const port = await freePort();
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));

  const io = { ...FAST, timeout: 100, reconnection: false };
  const probe = await Probe.open(tab, `http://127.0.0.1:${port}`, { io });

  await probe.untilNoted([['connect_error', 'timeout']]);
  await probe.run('socket.disconnect()');
  silent.close();
});

test('a policy that forbids the server gives an error', async () => {
  const strict = await Lab.start();
  strict.pageHeaders = {
    'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
  };
  const strictTab = await (await chromiumProfile(browser)).open(strict.url);

  const probe = await Probe.open(strictTab, lab.url, { io: { ...FAST, reconnectionAttempts: 1 } });

  await probe.untilNoted([
    ['connect_error', 'unavailable'],
    ['connect_error', 'unavailable'],
    ['reconnect_failed'],
  ]);
  expect(await probe.uncaught()).toEqual([]);
  await strict.stop();
});
