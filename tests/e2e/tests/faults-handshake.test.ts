import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe, SHARED, type Note } from '../lib/probe.js';
import { POLITE, RawPeer, type Manners, type RawSession } from '../lib/raw-peer.js';
import type { Tab } from '../lib/tab.js';

interface Row {
  readonly what: string;
  /** Of the first session; the ones after it are polite. */
  readonly manners: Partial<Manners>;
  readonly noted: readonly Note[];
}

const hello = (frame: string | Buffer): Partial<Manners> => ({
  hello: (session) => session.send(frame),
});
const admit = (...frames: string[]): Partial<Manners> => ({
  admit: (session) => frames.forEach((frame) => session.send(frame)),
});
const unavailable: Note[] = [['connect_error', 'unavailable'], ['connect']];

/** The socket stays active, and connects with the next session. */
const TRIES_AGAIN: Row[] = [
  { what: 'a handshake that is no JSON', manners: hello('0{bad'), noted: unavailable },
  { what: 'a handshake without an id', manners: hello('0{"pingInterval":1}'), noted: unavailable },
  { what: 'a handshake that is a list', manners: hello('0[]'), noted: unavailable },
  {
    what: 'a handshake with a negative interval',
    manners: hello('0{"sid":"x","upgrades":[],"pingInterval":-1,"pingTimeout":-1}'),
    noted: unavailable,
  },
  { what: 'a frame of an unknown type first', manners: hello('hello'), noted: unavailable },
  { what: 'an answer that is no JSON', manners: admit('40{bad'), noted: unavailable },
  { what: 'an answer that is a list', manners: admit('40[]'), noted: unavailable },
  { what: 'the end of the session instead of an answer', manners: admit('9'), noted: unavailable },
];

/** The server said no, in whatever form: the app decides. */
const REFUSES: Row[] = [
  ['without a payload', '44', []],
  ['that is a text', '44"oops"', []],
  ['that is an empty object', '44{}', []],
  ['with data', '44{"message":"no","data":{"why":1}}', [{ why: 1 }]],
  ['whose JSON is broken', '44{"message', []],
  ['whose message is no text', '44{"message":{"a":1}}', []],
].map(([how, frame, data]) => ({
  what: `a refusal ${how as string}`,
  manners: admit(frame as string),
  noted: [['connect_error', 'refused', ...(data as unknown[])]],
}));

let browser: Browser;
let page: Lab;
let peer: RawPeer;
beforeAll(async () => {
  browser = await launchChromium();
  page = await Lab.start();
});
beforeEach(async () => void (peer = await RawPeer.start()));
afterEach(() => peer.stop());
afterAll(async () => {
  await browser?.close();
  await page?.stop();
});

describe.each([
  { where: 'a tab of its own', count: 1 },
  { where: 'leader and follower', count: 2 },
])('$where', ({ count }) => {
  const tabs: Tab[] = [];
  beforeAll(async () => {
    const profile = await chromiumProfile(browser);
    while (tabs.length < count) tabs.push(await profile.open(page.url));
  });

  /** Sockets in all tabs, of which none connects before `peer` has `manners`. */
  async function open(manners: Partial<Manners>): Promise<Probe[]> {
    const polite = { ...POLITE };
    const once =
      (name: keyof Manners) =>
      (session: RawSession): void =>
        ((session.index === 0 && manners[name]) || polite[name])(session);
    peer.manners = { hello: once('hello'), admit: once('admit') };
    const io = { ...(count > 1 ? SHARED : FAST), autoConnect: false };
    return Promise.all(tabs.map((tab) => Probe.open(tab, peer.url, { io })));
  }

  test.each(TRIES_AGAIN)('tries again after $what', async ({ manners, noted }) => {
    const probes = await open(manners);

    await Promise.all(probes.map((probe) => probe.run('socket.connect()')));
    await Promise.all(probes.map((probe) => probe.untilConnected()));
    peer.sessions.at(-1)!.send('42["after",1]');

    // A tab that joins when the first session is over has not missed anything.
    for (const probe of probes) {
      await probe.untilCount('after', 1);
      const notes = await probe.notes();
      expect([[...noted, ['after', 1]], [['connect'], ['after', 1]]]).toContainEqual(notes);
      expect(await probe.uncaught()).toEqual([]);
    }
    expect(await probes[0]!.notesOf('connect_error')).toHaveLength(1);
    expect(peer.sessions).toHaveLength(2);
    for (const probe of probes) await probe.run('socket.disconnect()');
  });

  test.each(REFUSES)('reports $what and leaves it at that', async ({ manners, noted }) => {
    const probes = await open(manners);

    for (const probe of probes.slice(0, 1)) await probe.run('socket.connect()');

    const [probe] = probes;
    await probe!.untilNoted(noted);
    expect(await probe!.run('return [socket.active, socket.connected]')).toEqual([false, false]);
    await probe!.run('socket.connect()');
    await probe!.untilNoted([...noted, ['connect']]);
    expect(await probe!.uncaught()).toEqual([]);
    expect(peer.sessions).toHaveLength(2);
    await probe!.run('socket.disconnect()');
  });

  test('waits for CONNECT with events that come before it', async () => {
    const probes = await open(admit('42["before",1]', '40{"sid":"late"}', '42["after",2]'));

    await probes[0]!.run('socket.connect()');

    await probes[0]!.untilNoted([['before', 1], ['connect'], ['after', 2]]);
    expect(await probes[0]!.uncaught()).toEqual([]);
    await probes[0]!.run('socket.disconnect()');
  });

  test('says of a server that speaks version 2 what it is', async () => {
    const probes = await open(admit('40'));

    await probes[0]!.run('socket.connect()');

    await probes[0]!.untilNoted([['connect_error', 'unavailable']]);
    expect(await probes[0]!.tab.run('return window.probe.messages.at(-1)')).toMatch(/v2\.x/);
    expect(await probes[0]!.uncaught()).toEqual([]);
    await probes[0]!.run('socket.disconnect()');
  });
});
