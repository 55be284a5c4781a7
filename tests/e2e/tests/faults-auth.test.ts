import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe, SHARED, type Note } from '../lib/probe.js';
import { untilEqual } from '../lib/until.js';

const REFUSED: Note = ['connect_error', 'refused', { reason: 'expired' }];

let browser: Browser;
let lab: Lab;
/** Tokens of all attempts. */
let tokens: unknown[];
beforeAll(async () => void (browser = await launchChromium()));
beforeEach(async () => {
  lab = await Lab.start();
  tokens = [];
  lab.io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    tokens.push(token);
    if (token === 'good') return next();
    next(Object.assign(new Error('who are you'), { data: { reason: 'expired' } }));
  });
});
afterEach(() => lab.stop());
afterAll(() => browser?.close());

describe.each([
  { where: 'a tab of its own', count: 1 },
  { where: 'leader and followers', count: 3 },
])('$where', ({ count }) => {
  let close: () => Promise<void>;
  afterEach(() => close());

  async function open(auth: object): Promise<Probe[]> {
    const profile = await chromiumProfile(browser);
    close = () => profile.close();
    const probes: Probe[] = [];
    while (probes.length < count) {
      const tab = await profile.open(lab.url);
      const io = { ...(count > 1 ? SHARED : FAST), auth, autoConnect: false };
      probes.push(await Probe.open(tab, lab.url, { io }));
    }
    return probes;
  }

  test('a refused socket hears why and does not try again by itself', async () => {
    const probes = await open({ token: 'bad' });

    for (const probe of probes) {
      await probe.run('socket.connect()');
      await probe.untilCount('connect_error', 1);
    }

    for (const probe of probes) {
      expect((await probe.notes())[0]).toEqual(REFUSED);
      expect(await probe.run('return [socket.active, socket.connected]')).toEqual([false, false]);
      expect(await probe.tab.run('return window.probe.messages.at(-1)')).toBe('who are you');
      expect(await probe.uncaught()).toEqual([]);
    }
    // An attempt for every time that somebody asked; none on top.
    expect(tokens.length).toBeLessThanOrEqual(count);
    await untilEqual('connections', () => lab.connections, 0);
  });

  test('with another token it connects, and what was emitted meanwhile is sent', async () => {
    const said: unknown[] = [];
    lab.io.on('connection', (socket) => socket.on('say', (text) => said.push(text)));
    const probes = await open({ token: 'bad' });
    for (const probe of probes) {
      await probe.run('socket.connect()');
      await probe.untilCount('connect_error', 1);
      await probe.run(`socket.emit('say', 'kept')`);
    }

    for (const probe of probes) {
      await probe.run(`socket.auth = { token: 'good' }; socket.connect()`);
    }

    for (const probe of probes) {
      await probe.untilConnected();
      expect(await probe.uncaught()).toEqual([]);
    }
    await untilEqual(
      'said',
      () => said,
      probes.map(() => 'kept'),
    );
    expect(lab.connections).toBe(1);
  });

  test('one refused namespace does not concern the others of the connection', async () => {
    const probes = await open({ token: 'bad' });
    const notes = `
      window.open = [];
      const other = socket.io.socket('/open');
      other.on('connect', () => window.open.push('connect'));
      other.on('news', (n) => window.open.push(n));
      other.connect();
      socket.connect();
    `;
    lab.io.of('/open');

    for (const probe of probes) await probe.run(notes);
    for (const probe of probes) await probe.untilCount('connect_error', 1);
    for (const probe of probes) {
      await untilEqual(
        'the open one',
        () => probe.run(`return socket.io.socket('/open').connected`),
        true,
      );
    }
    await untilEqual('sessions', () => lab.io.of('/open').sockets.size, 1);
    // One for each tab that asked; none on top.
    expect(tokens.length).toBeLessThanOrEqual(count);
    lab.io.of('/open').emit('news', 1);

    for (const probe of probes) {
      await untilEqual('news', () => probe.run('return window.open.at(-1)'), 1);
      const heard = await probe.run<unknown[]>('return window.open');
      // The connection goes to each tab that wants to say who it is and keeps that to itself.
      const connects = heard.slice(0, -1);
      expect(new Set(connects)).toEqual(new Set(['connect']));
      expect(connects.length).toBeLessThanOrEqual(count);
      expect(await probe.run('return socket.active')).toBe(false);
    }
  });

  test.each([
    { what: 'throws', auth: `() => { throw new Error('no token'); }` },
    { what: 'rejects', auth: `async () => { throw new Error('no token'); }` },
    { what: 'gives what is no JSON', auth: '(provide) => provide({ token: 1n })' },
  ])('an auth function that $what is a connect_error', async ({ auth }) => {
    const probes = await open({});
    const [probe] = probes;

    await probe!.run(`socket.auth = ${auth}; socket.connect()`);

    await probe!.untilNoted([['connect_error', 'unauthorized']]);
    expect(await probe!.run('return socket.active')).toBe(false);
    await probe!.run(`socket.auth = { token: 'good' }; socket.connect()`);
    await probe!.untilConnected();
    expect(tokens).toEqual(['good']);
    expect(await probe!.uncaught()).toEqual([]);
  });
});
