import { beforeAll, describe, expect, test } from 'vitest';
import type { Note } from '../lib/probe.js';
import type { RawSession } from '../lib/raw-peer.js';
import { RawStage, SHARINGS } from '../lib/raw-stage.js';
import type { Tab } from '../lib/tab.js';

interface Row {
  readonly what: string;
  send(session: RawSession): void;
  /** What the sockets say about it. */
  readonly noted: readonly Note[];
  /**
   * The browser itself fails the WebSocket. It may then drop a message that it has read and not
   * handed out yet, so what was sent before has to be there first.
   */
  readonly failsInBrowser?: true;
}

const frames =
  (...all: (string | Buffer)[]) =>
  (session: RawSession): void =>
    all.forEach((frame) => session.send(frame));
const bytes = Buffer.from([1, 2, 3]);
const parseError: Note[] = [['disconnect', 'parse error', 'invalid'], ['connect']];
const transportError: Note[] = [['disconnect', 'transport error', 'unavailable'], ['connect']];

/** The stream cannot be trusted any more: a new session. */
const CLOSES: Row[] = [
  ...[
    ['an Engine.IO packet of an unknown type', '9'],
    ['an empty frame', ''],
  ].map(([what, frame]) => ({ what: what!, send: frames(frame!), noted: transportError })),
  {
    what: 'text that is not UTF-8',
    send: (session) => session.sendAsText(Buffer.from([0x34, 0xff, 0xfe])),
    noted: transportError,
    failsInBrowser: true,
  },
  {
    what: 'bytes that are no WebSocket frame',
    send: (session) => session.sendRaw(Buffer.alloc(32, 0xff)),
    noted: transportError,
    failsInBrowser: true,
  },
  ...[
    '4',
    '47',
    '4\u0000',
    '42',
    '423',
    '42{}',
    '42[]',
    '42[bad',
    '42["connect"]',
    '42["newListener"]',
    '42["\\u0063onnect"]',
    '40[]',
    '41{}',
    '43{}',
    '44[]',
    '42-1["a"]',
    '421e3["a"]',
    '4299999999999999999999["a"]',
    `42/${'n'.repeat(5000)},["a"]`,
    '45["a"]',
    '450-["a"]',
    '4511-["a"]',
  ].map((frame) => ({
    what: `the message ${JSON.stringify(frame.slice(0, 40))}`,
    send: frames(frame),
    noted: parseError,
  })),
  {
    what: 'a text message while an attachment is due',
    send: frames('451-["before",{"_placeholder":true,"num":0}]', '42["before",2]'),
    noted: parseError,
  },
  {
    what: 'a CONNECT while an attachment is due',
    send: frames('451-["before",{"_placeholder":true,"num":0}]', '40{"sid":"other"}'),
    noted: parseError,
  },
  {
    what: 'an attachment although none is due',
    send: frames(bytes),
    noted: parseError,
  },
  {
    what: 'an attachment in base64 although none is due',
    send: frames('bAQID'),
    noted: parseError,
  },
];

/** One event cannot be read; everything before and behind it can. */
const GOES_ON: Row[] = [
  ...[
    ['an event whose JSON is cut off', '42["before"'],
    ['an event whose JSON goes on behind its end', '42["before"]]'],
    ['an event that breaks inside a string', '42["before","\u0001"]'],
  ].map(([what, frame]) => ({
    what: what!,
    send: frames(frame!),
    noted: [['error', 'invalid']] as Note[],
  })),
  ...['1', '-1', '"0"', 'null', '0.5', '{}'].map((num) => ({
    what: `a placeholder with the number ${num}`,
    send: frames(`451-["before",{"_placeholder":true,"num":${num}}]`, bytes),
    noted: [['error', 'invalid']] as Note[],
  })),
  ...[
    ['an acknowledgement that nobody waits for', '4377["x"]'],
    ['an acknowledgement without an id', '43["x"]'],
    ['an acknowledgement without a payload', '4377'],
    ['an event for a namespace that is not joined', '42/other,["before",9]'],
    ['a refusal of a namespace that is not joined', '44/other,{"message":"no"}'],
    ['the end of a namespace that is not joined', '41/other,'],
    ['a close packet', '1'],
    ['a pong', '3'],
    ['an upgrade', '5'],
    ['a noop', '6'],
    ['a second handshake', '0{"sid":"second","pingInterval":1,"pingTimeout":1,"upgrades":[]}'],
    ['a ping with data', '2probe'],
  ].map(([what, frame]) => ({ what: what!, send: frames(frame!), noted: [] })),
];

const stage = RawStage.use();

describe.each(SHARINGS)('$where', ({ count }) => {
  let tabs: Tab[];
  beforeAll(async () => void ({ tabs } = await stage.openTabs(count)));

  /** Hands `row` to all tabs, between two events that have to arrive. */
  async function survive(row: Row): Promise<void> {
    const probes = await stage.openProbes(tabs, (probe) => probe.untilConnected());
    const reconnects = row.noted.some(([event]) => event === 'connect');
    const first = await stage.peer.admitted(0);

    first.send('42["before",1]');
    if (row.failsInBrowser) await Promise.all(probes.map((probe) => probe.untilCount('before', 1)));
    row.send(first);
    if (reconnects) await Promise.all(probes.map((probe) => probe.untilCount('connect', 2)));
    const last = await stage.peer.admitted(reconnects ? 1 : 0);
    last.send('42["after",2]');

    const noted: Note[] = [['connect'], ['before', 1], ...row.noted, ['after', 2]];
    for (const probe of probes) {
      await probe.untilNoted(noted);
      expect(await probe.uncaught()).toEqual([]);
      await probe.run('socket.disconnect()');
    }
    expect(stage.peer.sessions.length).toBe(reconnects ? 2 : 1);
  }

  test.each(CLOSES)('reconnects after $what', survive);

  test.each(GOES_ON)('goes on after $what', survive);
});
