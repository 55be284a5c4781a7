import { describe } from 'vitest';
import { compareAll } from '../lib/compare.js';
import type { Scene, Script } from '../lib/differential.js';
import { POLITE } from '../lib/raw-peer.js';
import { until } from '../lib/until.js';

const ack = (name: string): string => `(...args) => note('${name}', ...args)`;

/** Loses the connection of session `index`. */
const lose = (scene: Scene, index = 0): void => scene.peer.sessions[index]!.close();

/** Answers every question of session 0 with "ok" until `done`. */
async function answering(scene: Scene, done: Promise<unknown>): Promise<void> {
  let answered = 0;
  let isDone = false;
  void done.then(() => (isDone = true));
  await until('the end', async () => {
    const { frames } = scene.peer.sessions[0] ?? { frames: [] };
    const questions = frames.flatMap((frame) => /^42(\d+)/.exec(frame)?.slice(1) ?? []);
    for (const id of questions.slice(answered)) await scene.say(0, `43${id}["ok"]`);
    answered = questions.length;
    return isDone;
  });
  await done;
}

const LOST = 'disconnect "transport close" described(websocket connection closed)';
const AGAIN = [
  'io.close "transport close"',
  'io.reconnect_attempt 1',
  'io.open',
  'io.reconnect 1',
  'connect',
];

const failed = (why: string): string[] => [`connect_error Error(${why})`, `io.error Error(${why})`];

const CHECKED = '0 42["checked"]';
const CHECKED_1 = '1 42["checked"]';
const BINARY = '0 451-["bin",{"_placeholder":true,"num":0}]';

const EMITTING: Script[] = [
  {
    name: 'a volatile event while the connection is lost',
    page: `socket.on('disconnect', () => { socket.volatile.emit('v'); socket.emit('kept'); });`,
    steps: async (scene) => {
      await scene.heard('connect');
      lose(scene);
      await scene.got('42["kept"]', 1);
      await scene.check(1);
    },
    difference: {
      row: '`volatile` drops whenever it cannot be sent at once',
      upstream: { wire: ['0 40', '0 closed', '1 40', '1 42["v"]', '1 42["kept"]', CHECKED_1] },
      tabcast: { wire: ['0 40', '0 closed', '1 40', '1 42["kept"]', CHECKED_1] },
    },
  },
  {
    name: 'a volatile event while the namespace connects',
    page: `socket.io.on('open', () => { socket.volatile.emit('v'); socket.emit('kept'); });`,
    steps: async (scene) => {
      await scene.got('42["kept"]');
      await scene.check();
    },
  },
  {
    name: 'an event that cannot be serialised, before the connection is there',
    page: `
      try { socket.emit('poison', 1n); } catch (error) { note('thrown', error); }
      socket.emit('behind');`,
    steps: async (scene) => {
      await scene.either('connect', 1, () => scene.heard('un'));
      await scene.say(0, '42["b"]');
      await scene.either('b', 1, () => scene.got('closed'));
    },
    difference: {
      row: 'a value that cannot be serialised throws at `emit`',
      upstream: {
        events: ['io.open', 'unhandled "Do not know how to serialize a BigInt"', 'b'],
        wire: ['0 40'],
      },
      tabcast: {
        events: [
          'thrown Error(unable to encode the arguments; Do not know how to serialize a BigInt)',
          'io.open',
          'connect',
          'b',
        ],
        wire: ['0 40', '0 42["behind"]'],
      },
    },
  },
  {
    name: 'an argument that is changed before the connection is there',
    page: `const value = { n: 1 }; socket.emit('x', value); value.n = 2;`,
    steps: (scene) => scene.heard('connect').then(() => scene.check()),
    difference: {
      row: 'arguments are encoded at `emit`',
      upstream: { wire: ['0 40', '0 42["x",{"n":2}]', CHECKED] },
      tabcast: { wire: ['0 40', '0 42["x",{"n":1}]', CHECKED] },
    },
  },
  {
    name: 'the list of what waits, emptied in place',
    options: { autoConnect: false },
    page: `socket.emit('x'); socket.sendBuffer.length = 0; socket.connect();`,
    steps: (scene) => scene.heard('connect').then(() => scene.check()),
    difference: {
      row: '`sendBuffer`, `receiveBuffer` are copies',
      upstream: { wire: ['0 40', CHECKED] },
      tabcast: { wire: ['0 40', '0 42["x"]', CHECKED] },
    },
  },
  {
    name: 'the list of what waits, replaced',
    options: { autoConnect: false },
    page: `socket.emit('x'); socket.sendBuffer = []; socket.connect();`,
    steps: (scene) => scene.heard('connect').then(() => scene.check()),
  },
  {
    name: 'binary values in base64 over a WebSocket',
    options: { forceBase64: true },
    page: `socket.on('connect', () => { socket.emit('bin', new Uint8Array([1, 2])); socket.emit('next'); });`,
    steps: (scene) => scene.got('bAQI=').then(() => scene.check()),
    difference: {
      row: 'with `forceBase64` binary values over a WebSocket stay in their place',
      upstream: { wire: ['0 40', BINARY, '0 42["next"]', '0 bAQI=', CHECKED] },
      tabcast: { wire: ['0 40', BINARY, '0 bAQI=', '0 42["next"]', CHECKED] },
    },
  },
];

const RETRYING: Script[] = [
  {
    name: 'an answer to an event with retries and without a timeout',
    options: { retries: 2 },
    page: `socket.emit('x', ${ack('x')});`,
    steps: (scene) => answering(scene, scene.heard('x')),
    difference: {
      row: 'with `retries` an answer ends the tries',
      upstream: {
        events: ['io.open', 'connect', 'x "ok"'],
        wire: ['0 40', '0 420["x"]', '0 421["x"]', '0 422["x"]'],
      },
      tabcast: { events: ['io.open', 'connect', 'x null "ok"'], wire: ['0 40', '0 420["x"]'] },
    },
  },
  {
    name: 'the timeout of the event before, with retries',
    options: { retries: 1, ackTimeout: 60_000 },
    page: `
      socket.timeout(400).emit('x', ${ack('x')});
      socket.emit('y', ${ack('y')});
      socket.onAnyOutgoing((name) => name === 'y' && setTimeout(() => note('later'), 1200));`,
    steps: async (scene) => {
      await scene.got('420["x"]');
      await scene.say(0, '430["ok"]');
      await scene.heard('later');
    },
    difference: {
      row: 'with `retries` `timeout()` holds for its own event',
      upstream: {
        events: ['io.open', 'connect', 'x null "ok"', 'y Error(operation has timed out)', 'later'],
        wire: ['0 40', '0 420["x"]', '0 421["y"]', '0 422["y"]'],
      },
      tabcast: {
        events: ['io.open', 'connect', 'x null "ok"', 'later'],
        wire: ['0 40', '0 420["x"]', '0 421["y"]'],
      },
    },
  },
];

/** Does something in the page while the next attempt is a minute off. */
const waiting = (what: string): Pick<Script, 'options' | 'steps'> => ({
  options: { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 },
  steps: async (scene) => {
    await scene.heard('connect');
    lose(scene);
    await scene.heard('io.close');
    await scene.run(`${what}; setTimeout(() => socket.connected || note('still waiting'), 500)`);
    await scene.either('connect', 2, () => scene.heard('still waiting'));
  },
});

const CONNECTING: Script[] = [
  {
    name: 'a connection that is lost before the namespace is in',
    manners: { admit: (session) => session.index > 0 && session.letIn() },
    steps: async (scene) => {
      await scene.got('40');
      lose(scene);
      await scene.heard('connect', 1);
      await scene.heard('io.reconnect ');
    },
    difference: {
      row: 'a `connect_error` if the connection is lost before the namespace is in',
      upstream: { events: ['io.open', LOST, ...AGAIN] },
      tabcast: { events: ['io.open', 'connect_error Error(transport close)', ...AGAIN] },
    },
  },
  {
    name: 'a server that does not answer CONNECT',
    options: { connectTimeout: 60, reconnection: false },
    manners: { admit: () => undefined },
    page: `socket.io.on('open', () => setTimeout(() => note('later', socket.active), 400));`,
    steps: (scene) => scene.heard('later'),
    difference: {
      row: 'CONNECT is answered within `connectTimeout`',
      upstream: { events: ['io.open', 'later true'], wire: ['0 40'] },
      tabcast: {
        events: [
          'io.open',
          'io.close "forced close"',
          'connect_error Error(timeout)',
          'later false',
        ],
        wire: ['0 40', '0 closed'],
      },
    },
  },
  {
    name: 'connect that is called again and again',
    page: `socket.io.on('open', () => { socket.connect(); socket.connect(); });`,
    steps: (scene) => scene.heard('connect').then(() => scene.check()),
    difference: {
      row: 'repeated `connect()` sends CONNECT once',
      upstream: {
        events: ['io.open', 'connect', 'connect', 'connect'],
        wire: ['0 40', '0 40', '0 40', CHECKED],
      },
      tabcast: { events: ['io.open', 'connect'], wire: ['0 40', CHECKED] },
    },
  },
  {
    name: 'a WebSocket that is closed before the handshake',
    options: { timeout: 2000 },
    manners: { hello: (session) => (session.index > 0 ? session.sayHello() : session.close()) },
    page: `const begun = performance.now();
      socket.io.on('error', () => note('took', performance.now() - begun < 1000 ? 'little' : 'long'));`,
    steps: (scene) => scene.heard('connect').then(() => scene.got('40', 1)),
    difference: {
      row: 'a WebSocket closed before the handshake is a failed attempt at once',
      upstream: { events: [...failed('timeout'), 'took "long"', ...AGAIN.slice(1)] },
      tabcast: {
        events: [...failed('websocket connection closed'), 'took "little"', ...AGAIN.slice(1)],
      },
    },
  },
  {
    name: 'connect during the wait for the next attempt',
    ...waiting('socket.connect()'),
  },
  {
    name: 'connect of the manager during the wait for the next attempt',
    ...waiting('socket.io.connect()'),
    difference: {
      row: '`Manager.connect()` during the wait is the next attempt',
      upstream: { events: ['io.open', 'connect', LOST, AGAIN[0]!, 'io.open', 'connect'] },
      tabcast: { events: ['io.open', 'connect', LOST, ...AGAIN] },
    },
  },
  {
    name: 'a network that is back during the wait for the next attempt',
    ...waiting(`dispatchEvent(new Event('online'))`),
    difference: {
      row: '`online`, waking up and coming back to a page end the wait',
      upstream: {
        events: ['io.open', 'connect', LOST, AGAIN[0]!, 'still waiting'],
        wire: ['0 40', '0 closed'],
      },
      tabcast: {
        events: ['io.open', 'connect', LOST, ...AGAIN],
        wire: ['0 40', '0 closed', '1 40'],
      },
    },
  },
  {
    name: 'what an app sees of recovery where there is none, and of its options',
    options: { auth: { token: 't' } },
    page: `
      socket.on('connect', () => note('recovered', socket.recovered));
      const given = { autoConnect: false, forceNew: true };
      io(url + '?a=1', given);
      note('given', Object.keys(given));`,
    steps: (scene) => scene.heard('recovered'),
    difference: {
      row: '`recovered` is always a boolean; the caller',
      upstream: {
        events: [
          'given ["autoConnect","forceNew","path","query"]',
          'io.open',
          'connect',
          'recovered undefined',
        ],
      },
      tabcast: {
        events: ['given ["autoConnect","forceNew"]', 'io.open', 'connect', 'recovered false'],
      },
    },
  },
];

const LISTENING: Script[] = [
  {
    name: 'a listener that throws',
    page: `
      socket.on('c', () => { throw new Error('one'); });
      socket.on('c', () => note('second'));`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42["c"]');
      await scene.heard('un');
      await scene.check();
    },
    difference: {
      row: 'a listener that throws does not stop the others',
      upstream: { events: ['io.open', 'connect', 'unhandled "one"'] },
      tabcast: { events: ['io.open', 'connect', 'uncaught "one"', 'second'] },
    },
  },
  {
    name: 'an answer that comes when the connection is another',
    page: `socket.on('q', (answer) => { window.answer = answer; note('q'); });`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '425["q"]');
      await scene.heard('q');
      lose(scene);
      await scene.heard('connect', 2);
      await scene.run(`window.answer('late')`);
      await scene.check(1);
    },
    difference: {
      row: 'an acknowledgement is never sent on another session',
      upstream: { wire: ['0 40', '0 closed', '1 40', '1 435["late"]', CHECKED_1] },
      tabcast: { wire: ['0 40', '0 closed', '1 40', CHECKED_1] },
    },
  },
  {
    name: 'strings that are no offsets',
    manners: {
      ...POLITE,
      admit: (session) => session.send(`40{"sid":"s${session.index}","pid":"p1"}`),
    },
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42["a",1,"offset-1"]', '42["b"]');
      await scene.heard('b');
      lose(scene);
      await scene.heard('connect', 2);
    },
    difference: {
      row: 'recovery offsets are only taken from events that carry one',
      upstream: { wire: ['0 40', '0 closed', '1 40{"pid":"p1","offset":"b"}'] },
      tabcast: { wire: ['0 40', '0 closed', '1 40{"pid":"p1","offset":"offset-1"}'] },
    },
  },
];

describe('where upstream does something else', () => {
  compareAll([...EMITTING, ...RETRYING, ...CONNECTING, ...LISTENING]);
});
