import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { freePort } from '../lib/free-port.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe, SHARED, type Note } from '../lib/probe.js';
import { until, untilEqual } from '../lib/until.js';

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

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(count: number, url: string, io: Record<string, unknown>): Promise<Probe[]> {
  const profile = await chromiumProfile(browser);
  closing.push(() => profile.close());
  const probes: Probe[] = [];
  while (probes.length < count) {
    probes.push(await Probe.open(await profile.open(page.url), url, { io }));
  }
  return probes;
}

/** A server that notes what is said to it, and by which connection. */
async function startServer(port: number): Promise<{ lab: Lab; said: unknown[] }> {
  const lab = await Lab.start({}, '127.0.0.1', port);
  closing.push(() => lab.stop());
  const said: unknown[] = [];
  lab.io.on('connection', (socket) => {
    socket.on('say', (text, answer) => {
      said.push(text);
      answer?.(`heard ${text}`);
    });
  });
  return { lab, said };
}

describe.each([
  { where: 'a tab of its own', count: 1 },
  { where: 'leader and followers', count: 3 },
])('$where', ({ count }) => {
  const io = count > 1 ? SHARED : FAST;

  test('what is emitted before the server is up arrives once and in order', async () => {
    const port = await freePort();
    const probes = await open(count, `http://127.0.0.1:${port}`, io);
    for (const [at, probe] of probes.entries()) {
      await probe.run(`for (let i = 0; i < 50; i++) socket.emit('say', args[0] + i)`, `${at}:`);
      await probe.run(
        `
        window.answer = undefined;
        socket.emit('say', args[0] + 'last', (text) => (window.answer = text));
      `,
        `${at}:`,
      );
      // Every tab hears that it does not work, again and again.
      await until('attempts', async () => (await probe.notesOf('connect_error')).length >= 3);
    }

    const { lab, said } = await startServer(port);

    for (const [at, probe] of probes.entries()) {
      await untilEqual('answer', () => probe.run('return window.answer'), `heard ${at}:last`);
      const own = said.filter((text) => String(text).startsWith(`${at}:`));
      expect(own).toEqual([...Array.from({ length: 50 }, (_, i) => `${at}:${i}`), `${at}:last`]);
      const notes = await probe.notes();
      const failures = notes.slice(0, -1);
      expect(failures).toEqual(failures.map((): Note => ['connect_error', 'unavailable']));
      expect(notes.at(-1)).toEqual(['connect']);
      expect(await probe.uncaught()).toEqual([]);
    }
    expect(lab.connections).toBe(1);
  });

  test('a server that goes and comes back is found again, and nothing received is lost', async () => {
    const port = await freePort();
    const first = await startServer(port);
    const probes = await open(count, first.lab.url, io);
    for (const probe of probes) await probe.untilConnected();
    first.lab.io.emit('before', 1);
    for (const probe of probes) await probe.untilCount('before', 1);

    await first.lab.stop();
    for (const probe of probes) {
      await until('attempts', async () => (await probe.notesOf('connect_error')).length >= 2);
      await probe.run(`socket.emit('say', 'meanwhile')`);
    }
    const second = await startServer(port);
    for (const probe of probes) await probe.untilCount('connect', 2);
    await untilEqual(
      'said',
      () => second.said,
      probes.map(() => 'meanwhile'),
    );
    second.lab.io.emit('after', 2);

    for (const probe of probes) {
      await probe.untilCount('after', 1);
      const notes = (await probe.notes()).filter(([event]) => event !== 'connect_error');
      expect(notes).toEqual([
        ['connect'],
        ['before', 1],
        ['disconnect', 'transport close'],
        ['connect'],
        ['after', 2],
      ]);
      expect(await probe.uncaught()).toEqual([]);
    }
  });

  test('gives up after the attempts that it was given, and tries again when told to', async () => {
    const port = await freePort();
    const attempts = { ...io, reconnectionAttempts: 2 };
    const probes = await open(count, `http://127.0.0.1:${port}`, attempts);

    for (const probe of probes) {
      await until('the end', async () => (await probe.notes()).at(-1)?.[0] === 'reconnect_failed');
      expect(await probe.run('return socket.active')).toBe(true);
    }
    const tries = (await probes[0]!.notesOf('connect_error')).length;
    const ends = (await probes[0]!.notesOf('reconnect_failed')).length;
    expect(tries).toBe(3 * ends);
    await startServer(port);
    await probes.at(-1)!.run('socket.connect()');

    for (const probe of probes) {
      await probe.untilConnected();
      expect(await probe.uncaught()).toEqual([]);
    }
  });
});
