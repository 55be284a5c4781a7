import { readFileSync } from 'node:fs';
import type { WebSocket } from 'ws';
import { describe, expect, test } from 'vitest';
import {
  forgetSession,
  noted,
  polled,
  posts,
  WireStage,
  type Run,
  type Scenario,
} from '../lib/wire-stage.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const POLLING = { transports: ['polling'] };

/** What tabcast does in place of upstream, on purpose. */
interface Difference extends Scenario {
  /** The left cell of a row of the README's table, or its beginning. */
  readonly row: string;
  readonly upstream: Partial<Run>;
  readonly tabcast: Partial<Run>;
}

const stage = WireStage.use();
let probe: WebSocket;

const GET = '/socket.io/?EIO=4&transport=polling&t=*';
const GET_1 = `${GET}&sid=raw-1`;
const WS = '/socket.io/?EIO=4&transport=websocket';
const PROBED = [`${WS}&sid=raw-1`, '2probe', '(closed)'];
const CLOSED = ['disconnect', 'close', 'engine close'].map((event) => [event, 'transport close']);
const failedWith = (status: unknown, data: unknown): unknown[] => [
  ['open', 'polling'],
  ['connect'],
  ['in', 1],
  ['disconnect', 'transport error'],
  ['why', 400, status, data],
  ['close', 'transport error'],
  ['engine close', 'transport error'],
];

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a WebSocket that is lost in the middle of an upgrade',
    late: true,
    prepare: (peer) => {
      peer.probed = (socket) => {
        probe = socket;
        socket.send('3probe');
      };
    },
    async play(peer, tab) {
      await noted(tab, 'connect');
      await noted(tab, 'upgrading', 'websocket', 'polling');
      probe.terminate();
      peer.say('42["in",1]');
      await noted(tab, 'in', 1);
      await tab.run(`socket.emit('out'); setTimeout(() => log.push(['later']), 500)`);
      await noted(tab, 'later');
    },
    row: 'a WebSocket that is lost in the middle of an upgrade leaves the session on long-polling',
    upstream: { heard: { get: [GET, GET_1, GET_1], post: ['40'], socket: PROBED } },
    tabcast: {
      heard: { get: [GET, GET_1, GET_1, GET_1], post: ['40', '42["out"]'], socket: PROBED },
    },
  },
  {
    what: 'a remembered WebSocket that fails, with other transports to try',
    io: { transports: ['websocket'] },
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.takesSockets = false;
      await tab.run(
        `
        const all = { transports: ['polling', 'websocket'], rememberUpgrade: true };
        const other = new socket.io.constructor(socket.io.uri ?? args[0], {
          ...all, tryAllTransports: true, reconnection: false, upgrade: false,
        });
        other.on('open', () => log.push(['second', other.engine.transport.name]));
        other.on('error', (error) => log.push(['second', error.message]));`,
        peer.url,
      );
      await Promise.any([
        noted(tab, 'second', 'polling').then(() => polled(peer)),
        noted(tab, 'second', 'websocket error'),
      ]);
    },
    row: 'with `tryAllTransports` a remembered WebSocket that fails gives way to the others',
    upstream: { log: [['open', 'websocket'], ['connect'], ['second', 'websocket error']] },
    tabcast: {
      heard: {
        get: [GET, '/socket.io/?EIO=4&transport=polling&t=*&sid=raw-2'],
        post: [],
        socket: [WS, '40', WS],
      },
      log: [['open', 'websocket'], ['connect'], ['second', 'polling']],
    },
  },
  {
    what: 'an event in one payload with the end of the session',
    io: POLLING,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('42["in",1]\u001e1');
      await noted(tab, 'disconnect', 'transport close');
    },
    row: 'an event that comes in one payload with the end of the session is heard',
    upstream: { log: [['open', 'polling'], ['connect'], ...CLOSED] },
    tabcast: { log: [['open', 'polling'], ['connect'], ['in', 1], ...CLOSED] },
  },
  {
    what: 'a request that fails for a reason',
    io: POLLING,
    page: `socket.on('disconnect', (reason, { description, status, data }) =>
      log.push(['why', description, status ?? null, data ?? null]));`,
    play: forgetSession,
    row: 'a failed request says why',
    upstream: { log: failedWith(null, null) },
    tabcast: { log: failedWith(400, { message: 'Session ID unknown' }) },
  },
];

const SAME: readonly Scenario[] = [
  {
    what: 'parser 5.0.5: an attachment without bytes, in base64',
    io: POLLING,
    page: `socket.on('in', (bytes) => log.push(['bytes', bytes.byteLength]));`,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('451-["in",{"_placeholder":true,"num":0}]\u001eb');
      await noted(tab, 'bytes', 0);
      await tab.run(`socket.emit('out'); socket.emit('out', new ArrayBuffer(0))`);
      await posts(peer, '40', '42["out"]', '451-["out",{"_placeholder":true,"num":0}]\u001eb');
      await polled(peer);
    },
  },
];

describe('over the transports of Engine.IO', () => {
  test.each(DIFFERENCES)('$what is not what it is upstream', async (difference) => {
    const reference = await stage.run('/reference.js', difference);
    const ours = await stage.run('/dist/index.js', difference);

    if (process.env['PRINT'])
      console.log(JSON.stringify({ name: difference.what, reference, ours }));
    expect(README).toContain(`| ${difference.row}`);
    expect(reference).toEqual({ ...reference, ...difference.upstream });
    expect(ours).toEqual({ ...reference, ...difference.tabcast });
  });

  test.each(SAME)('$what', async (scenario) => {
    const reference = await stage.run('/reference.js', scenario);
    const ours = await stage.run('/dist/index.js', scenario);

    expect(ours).toEqual(reference);
  });
});
