import { beforeAll, describe, expect, test } from 'vitest';
import type { Note, Probe } from '../lib/probe.js';
import { POLITE, type Manners, type RawSession } from '../lib/raw-peer.js';
import { RawStage, SHARINGS } from '../lib/raw-stage.js';
import type { Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

interface Row {
  readonly what: string;
  /** Sent by the first session, in place of what would be right. */
  readonly frame: string;
  /** Whether it comes in place of the answer to CONNECT, not of the handshake. */
  readonly late?: boolean;
  /** What comes with the error. */
  readonly data?: unknown;
}

/** The socket stays active, and connects with the next session. */
const TRIES_AGAIN: Row[] = [
  { what: 'a handshake that is no JSON', frame: '0{bad' },
  { what: 'a handshake without an id', frame: '0{"pingInterval":1,"pingTimeout":1}' },
  { what: 'a handshake that is a list', frame: '0[]' },
  {
    what: 'a handshake with a negative interval',
    frame: '0{"sid":"x","upgrades":[],"pingInterval":-1,"pingTimeout":-1}',
  },
  { what: 'a frame of an unknown type first', frame: 'hello' },
  { what: 'an answer that is no JSON', frame: '40{bad', late: true },
  { what: 'an answer that is a list', frame: '40[]', late: true },
  { what: 'the end of the session in place of an answer', frame: '9', late: true },
];

/** The server said no, in whatever form: the app decides. */
const REFUSES: Row[] = [
  { what: 'a refusal without a payload', frame: '44' },
  { what: 'a refusal that is a text', frame: '44"oops"' },
  { what: 'a refusal that is an empty object', frame: '44{}' },
  { what: 'a refusal with data', frame: '44{"message":"no","data":{"why":1}}', data: { why: 1 } },
  { what: 'a refusal whose JSON is broken', frame: '44{"message' },
  { what: 'a refusal whose message is no text', frame: '44{"message":{"a":1}}' },
].map((row) => ({ ...row, late: true }));

const stage = RawStage.use();

describe.each(SHARINGS)('$where', ({ count }) => {
  let tabs: Tab[];
  beforeAll(async () => void ({ tabs } = await stage.openTabs(count)));

  /** All tabs wait for the first session, which is silent from the handshake or from CONNECT on. */
  async function open(late = false): Promise<{ probes: Probe[]; session: RawSession }> {
    const once =
      (name: keyof Manners, silent: boolean) =>
      (session: RawSession): void => {
        if (!silent || session.index > 0) POLITE[name](session);
      };
    stage.peer.manners = { hello: once('hello', !late), admit: once('admit', true) };
    const probes = await stage.openProbes(tabs);
    const settled = `
      const { role, count } = socket.io.tabs.getSnapshot();
      return role === 'joining' ? 0 : count;
    `;
    for (const probe of probes) await untilEqual('tabs', () => probe.run(settled), count);
    const session = late
      ? await stage.peer.admitted(0)
      : await until('a session', () => stage.peer.sessions[0]);
    return { probes, session };
  }

  async function finish(probes: Probe[], sessions: number): Promise<void> {
    for (const probe of probes) {
      expect(await probe.uncaught()).toEqual([]);
      await probe.run('socket.disconnect()');
    }
    expect(stage.peer.sessions).toHaveLength(sessions);
  }

  test.each(TRIES_AGAIN)('tries again after $what', async ({ frame, late }) => {
    const { probes, session } = await open(late);

    session.send(frame);
    for (const probe of probes) await probe.untilConnected();
    (await stage.peer.admitted(1)).send('42["after",1]');

    for (const probe of probes) {
      await probe.untilNoted([['connect_error', 'unavailable'], ['connect'], ['after', 1]]);
    }
    await finish(probes, 2);
  });

  test.each(REFUSES)('reports $what and leaves it at that', async ({ frame, late, data }) => {
    const { probes, session } = await open(late);
    const refused: Note = ['connect_error', 'refused', ...(data === undefined ? [] : [data])];

    session.send(frame);

    for (const probe of probes) {
      await probe.untilNoted([refused]);
      expect(await probe.run('return [socket.active, socket.connected]')).toEqual([false, false]);
    }
    for (const probe of probes) await probe.run('socket.connect()');
    for (const probe of probes) await probe.untilNoted([refused, ['connect']]);
    await finish(probes, 2);
  });

  test('keeps events that come before CONNECT is answered', async () => {
    const { probes, session } = await open(true);

    session.send('42["before",1]');
    session.send('40{"sid":"late"}');
    session.send('42["after",2]');

    for (const probe of probes) {
      await probe.untilNoted([['before', 1], ['connect'], ['after', 2]]);
    }
    await finish(probes, 1);
  });

  test('says of a server that speaks version 2 what it is', async () => {
    const { probes, session } = await open(true);

    session.send('40');

    for (const probe of probes) {
      await probe.untilNoted([['connect_error', 'unavailable']]);
      expect(await probe.tab.run('return window.probe.messages.at(-1)')).toMatch(/v2\.x/);
    }
    await finish(probes, 1);
  });
});
