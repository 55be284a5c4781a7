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

const afterConnect =
  (...frames: (string | Buffer)[]) =>
  async (scene: Scene): Promise<void> => {
    await scene.heard('connect');
    await scene.say(0, ...frames);
  };

describe('what is not Engine.IO or Socket.IO', () => {
  compareAll([
    closes('an unknown Engine.IO packet', '9'),
    closes('an empty frame', ''),
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
      name: 'a refusal that is a text has an empty message',
      manners: { admit: (session) => session.send('44"oops"') },
      steps: async (scene) => {
        await scene.heard('connect_error');
        await scene.got('closed');
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
      steps: afterConnect('42'),
    },
    {
      name: 'an event with an id and without a payload',
      steps: closes('', '423').steps,
    },
    {
      name: 'a blank before the payload',
      steps: async (scene) => {
        await afterConnect('42 ["a"]')(scene);
        await scene.check();
      },
    },
    {
      name: 'placeholders',
      steps: closes('', '451-["a",{"_placeholder":true,"num":1}]', bytes).steps,
    },
    {
      name: 'an answer without values to an event that is timed',
      page: `socket.timeout(300).emit('q', (...args) => note('answer', ...args))`,
      steps: async (scene) => {
        await scene.got('420["q"]');
        await scene.say(0, '430');
        await scene.heard('answer');
      },
    },
    {
      name: 'a refusal without a payload',
      manners: { admit: (session) => session.send('44') },
      steps: (scene) => scene.got('closed'),
    },
    {
      name: 'a refusal while connected',
      steps: async (scene) => {
        await afterConnect('44{"message":"banned"}')(scene);
        await scene.got('closed');
        await scene.run(`note('connected', socket.connected)`);
      },
    },
    {
      name: 'a handshake that is not JSON',
      options: { timeout: 400, reconnection: false },
      manners: { hello: (session) => session.send('0{bad') },
      steps: (scene) => scene.heard('connect_error'),
    },
  ]);
});
