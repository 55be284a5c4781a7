import { describe } from 'vitest';
import type { Scene, Script } from '../lib/differential.js';
import { compareAll } from '../lib/compare.js';

const bytes = Buffer.from([1, 2, 3]);

/** Says `frames` to a connected client, which must lose the connection and come back. */
function closes(name: string, ...frames: (string | Buffer)[]): Script {
  return {
    name: `${name} ends the session`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, ...frames);
      await scene.heard('connect', 2);
      await scene.check(1);
      await scene.got('closed', 0);
    },
  };
}

/** Says `frames` to a connected client, which must go on as if nothing had been said. */
function ignored(name: string, ...frames: (string | Buffer)[]): Script {
  return {
    name: `${name} changes nothing`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, ...frames);
      await scene.check();
    },
  };
}

const PARSE_ERROR = [
  'disconnect "parse error" described(Error)',
  'io.close "parse error"',
  'io.reconnect_attempt 1',
  'io.open',
  'io.reconnect 1',
  'connect',
];
const RECONNECTED = ['0 40', '0 closed', '1 40'];

const LOST = [
  'disconnect "transport error" described(Error)',
  'io.close "transport error"',
  'io.reconnect_attempt 1',
  'io.open',
  'io.reconnect 1',
  'connect',
];

const afterConnect =
  (...frames: (string | Buffer)[]) =>
  async (scene: Scene): Promise<void> => {
    await scene.heard('connect');
    await scene.say(0, ...frames);
  };

describe('what is not Engine.IO or Socket.IO', () => {
  compareAll([
    ...[
      ['an unknown Engine.IO packet', '9'],
      ['an empty frame', ''],
    ].map(([name, frame]) => ({
      ...closes(name!, frame!),
      difference: {
        row: 'a Manager `error` is an attempt that failed',
        upstream: { events: ['io.open', 'connect', 'io.error Error(server error)', ...LOST] },
        tabcast: { events: ['io.open', 'connect', ...LOST] },
      },
    })),
    ...[
      '47',
      '42{}',
      '42[]',
      '42[bad',
      '42["connect"]',
      '42["newListener"]',
      '40[]',
      '41{}',
      '42-1["a"]',
      '421e3["a"]',
      '450-["a"]',
      '4511-["a"]',
      '43{}',
    ].map((frame) => closes(frame, frame)),
    closes('text while an attachment is due', '451-["a",{"_placeholder":true,"num":0}]', '42["a"]'),
    closes('an attachment that is not due', bytes),
    ...['1', '3', '5', '6', '2probe'].map((frame) => ignored(frame, frame)),
    ...['4377["x"]', '43["x"]', '42/other,["a"]', '44/other,{"message":"no"}', '41/other,'].map(
      (frame) => ignored(frame, frame),
    ),
    ignored(
      'a second handshake',
      '0{"sid":"2","upgrades":[],"pingInterval":9e3,"pingTimeout":9e3}',
    ),
    {
      name: 'a message before the handshake is dropped',
      manners: {
        hello: (session) => {
          session.send('42["a"]');
          session.sayHello();
        },
      },
      steps: (scene) => scene.heard('connect').then(() => scene.check()),
    },
    {
      name: 'a refusal that is a text',
      manners: { admit: (session) => session.send('44"oops"') },
      steps: async (scene) => {
        await scene.heard('connect_error');
        await scene.got('closed');
      },
      difference: {
        row: 'a refusal that is a text is the message of the error',
        upstream: { events: ['io.open', 'io.close "forced close"', 'connect_error Error()'] },
        tabcast: { events: ['io.open', 'io.close "forced close"', 'connect_error Error(oops)'] },
      },
    },
    {
      name: 'an answer without a session id is that of version 2',
      manners: { admit: (session) => session.send('40') },
      steps: (scene) => scene.heard('connect_error'),
    },
    {
      name: 'the empty message ends the session',
      steps: closes('', '4').steps,
    },
    {
      name: 'an event without a payload',
      steps: async (scene) => {
        await afterConnect('42')(scene);
        await scene.either('connect', 2, () => scene.heard('unhandled'));
      },
      difference: {
        row: 'an event without a payload ends the session',
        upstream: { events: ['io.open', 'connect', 'unhandled "Invalid array length"'] },
        tabcast: { events: ['io.open', 'connect', ...PARSE_ERROR], wire: RECONNECTED },
      },
    },
    {
      name: 'an event with an id and without a payload',
      steps: async (scene) => {
        await afterConnect('423')(scene);
        await scene.say(0, '42["b"]');
        await scene.either('connect', 2, () => scene.heard('b'));
      },
      difference: {
        row: 'an event without a payload ends the session',
        upstream: { events: ['io.open', 'connect', 'b'], wire: ['0 40'] },
        tabcast: {
          events: ['io.open', 'connect', ...PARSE_ERROR],
          wire: RECONNECTED,
        },
      },
    },
    {
      name: 'a blank before the payload',
      steps: async (scene) => {
        await afterConnect('42 ["a"]')(scene);
        await scene.check();
      },
      difference: {
        row: 'a blank before the payload is a blank',
        upstream: { events: ['io.open', 'connect', 'a function'] },
        tabcast: { events: ['io.open', 'connect', 'a'] },
      },
    },
    {
      name: 'an answer without values to an event that is timed',
      page: `socket.timeout(300).emit('q', (...args) => note('answer', ...args))`,
      steps: async (scene) => {
        await scene.got('420["q"]');
        await scene.say(0, '430');
        await scene.heard('answer');
      },
      difference: {
        row: 'an acknowledgement without a payload has no values',
        upstream: {
          events: [
            'io.open',
            'connect',
            `unhandled "Cannot read properties of undefined (reading 'unshift')"`,
            'answer Error(operation has timed out)',
          ],
        },
        tabcast: { events: ['io.open', 'connect', 'answer null'] },
      },
    },
    {
      name: 'a refusal without a payload',
      manners: { admit: (session) => session.send('44') },
      steps: async (scene) => {
        await scene.got('closed');
        await scene.either('connect_error', 1, () => scene.heard('un'));
      },
      difference: {
        row: 'a refusal without a payload is a `connect_error`',
        upstream: {
          events: [
            'io.open',
            'io.close "forced close"',
            `unhandled "Cannot read properties of undefined (reading 'message')"`,
          ],
        },
        tabcast: {
          events: [
            'io.open',
            'io.close "forced close"',
            'connect_error Error(the server refused the namespace)',
          ],
        },
      },
    },
    {
      name: 'a refusal while connected',
      page: `socket.on('disconnect', (reason, why) => note('why', why, why.data));`,
      steps: async (scene) => {
        await afterConnect('44{"message":"banned","data":{"code":7}}')(scene);
        await scene.got('closed');
        await scene.run(`note('connected', socket.connected)`);
      },
      difference: {
        row: 'a refusal while connected disconnects',
        upstream: {
          events: [
            'io.open',
            'connect',
            'io.close "forced close"',
            'connect_error Error(banned) {"code":7}',
            'connected true',
          ],
        },
        tabcast: {
          events: [
            'io.open',
            'connect',
            'io.close "forced close"',
            'disconnect "io server disconnect" described(Error)',
            'why Error(banned) {"code":7}',
            'connected false',
          ],
        },
      },
    },
    {
      name: 'a handshake that is not JSON',
      options: { timeout: 400, reconnection: false },
      manners: { hello: (session) => session.send('0{bad') },
      steps: async (scene) => {
        await scene.heard('io.error');
        await scene.got('closed');
      },
      difference: {
        row: 'a handshake that is not valid is a failed attempt at once',
        upstream: {
          events: [
            `uncaught "Expected property name or '}' in JSON at position 1 (line 1 column 2)"`,
            'connect_error Error(timeout)',
            'io.error Error(timeout)',
          ],
        },
        tabcast: {
          events: [
            'connect_error Error(unable to open; the handshake is not valid)',
            'io.error Error(unable to open; the handshake is not valid)',
          ],
        },
      },
    },
    ...['1', '-1', '"0"', 'null'].map((num): Script => ({
      name: `a placeholder with the number ${num}`,
      steps: async (scene) => {
        await afterConnect(`451-["a",{"_placeholder":true,"num":${num}}]`, bytes)(scene);
        await scene.either('connect', 2, () => scene.heard('io.error'));
      },
      difference: {
        row: 'one payload that is not JSON gives a Manager `error`',
        upstream: {
          events: ['io.open', 'connect', ...PARSE_ERROR],
          wire: RECONNECTED,
        },
        tabcast: {
          events: ['io.open', 'connect', 'io.error Error(illegal attachments)'],
          wire: ['0 40'],
        },
      },
    })),
  ]);
});
