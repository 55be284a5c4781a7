import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe, SHARED } from '../lib/probe.js';
import { RawPeer } from '../lib/raw-peer.js';

/** Largest frame that the client takes, in UTF-16 units or bytes. */
const MAX_FRAME = 64 * 1024 * 1024;
/** Largest message that the server of these tests takes, in bytes. */
const MAX_BODY = 10_000;

let browser: Browser;
beforeAll(async () => void (browser = await launchChromium()));
afterAll(() => browser?.close());

describe.each([
  { where: 'a tab of its own', count: 1 },
  { where: 'leader and follower', count: 2 },
])('$where', ({ count }) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function open(page: string, url: string): Promise<Probe[]> {
    const profile = await chromiumProfile(browser);
    closing.push(() => profile.close());
    const probes: Probe[] = [];
    while (probes.length < count) {
      const tab = await profile.open(page);
      const probe = await Probe.open(tab, url, { io: count > 1 ? SHARED : FAST });
      await probe.untilConnected();
      probes.push(probe);
    }
    return probes;
  }

  async function startLab(): Promise<Lab> {
    const lab = await Lab.start({ maxHttpBufferSize: MAX_BODY });
    closing.push(() => lab.stop());
    return lab;
  }

  async function startPeer(): Promise<RawPeer> {
    const peer = await RawPeer.start();
    closing.push(() => peer.stop());
    return peer;
  }

  test.each([
    { kind: 'text', frame: `42["before","${' '.repeat(MAX_FRAME)}"]` },
    { kind: 'binary', frame: Buffer.alloc(MAX_FRAME + 1) },
  ])('a $kind frame beyond the limit ends the session, not the connection', async ({ frame }) => {
    const [lab, peer] = [await startLab(), await startPeer()];
    const probes = await open(lab.url, peer.url);
    const first = await peer.admitted(0);

    first.send('42["before",1]');
    first.send(frame);
    await Promise.all(probes.map((probe) => probe.untilCount('connect', 2)));
    (await peer.admitted(1)).send('42["after",2]');

    for (const probe of probes) {
      await probe.untilNoted([
        ['connect'],
        ['before', 1],
        ['disconnect', 'transport error', 'unavailable'],
        ['connect'],
        ['after', 2],
      ]);
      expect(await probe.uncaught()).toEqual([]);
    }
  });

  test('a large frame below the limit arrives whole', async () => {
    const [lab, peer] = [await startLab(), await startPeer()];
    const probes = await open(lab.url, peer.url);
    const text = 'ü'.repeat(4 * 1024 * 1024);
    const length = (name: string) =>
      `socket.on('${name}', (text) => (window.length = text.length))`;
    for (const probe of probes) await probe.run(length('large'));

    (await peer.admitted(0)).send(`42["large","${text}"]`);
    (await peer.admitted(0)).send('42["after",1]');

    for (const probe of probes) {
      await probe.untilNoted([['connect'], ['after', 1]]);
      expect(await probe.run('return window.length')).toBe(text.length);
    }
  });

  test('an event that the server finds too large costs the session, and is not sent again', async () => {
    const lab = await startLab();
    lab.io.on('connection', (socket) => socket.on('say', (text) => lab.io.emit('after', text)));
    const probes = await open(lab.url, lab.url);
    const sender = probes.at(-1)!;

    const failed = sender.run(
      `return socket.emitWithAck('say', 'x'.repeat(args[0])).catch((error) => error.code)`,
      MAX_BODY + 1,
    );
    await Promise.all(probes.map((probe) => probe.untilCount('connect', 2)));
    await sender.run(`socket.emit('say', 'small')`);

    expect(await failed).toBe('disconnected');
    for (const probe of probes) {
      await probe.untilNoted([
        ['connect'],
        ['disconnect', 'transport close'],
        ['connect'],
        ['after', 'small'],
      ]);
      expect(await probe.uncaught()).toEqual([]);
    }
    expect(lab.connections).toBe(1);
  });

  test('an event that is too large does not come back although it waited for the connection', async () => {
    const lab = await startLab();
    const said: string[] = [];
    lab.io.on('connection', (socket) =>
      socket.on('say', (text, answer) => {
        said.push(text);
        answer?.();
      }),
    );
    const probes = await open(lab.url, lab.url);
    const sender = probes.at(-1)!;

    lab.io.disconnectSockets();
    await Promise.all(probes.map((probe) => probe.untilCount('disconnect', 1)));
    await sender.run(
      `socket.emit('say', 'first');
       socket.emit('say', 'x'.repeat(args[0]));
       socket.connect();`,
      MAX_BODY + 1,
    );
    await sender.untilCount('connect', 3);
    await sender.run(`await socket.emitWithAck('say', 'last')`);

    expect(said).toEqual(['first', 'last']);
    for (const probe of probes) expect(await probe.uncaught()).toEqual([]);
  });
});
