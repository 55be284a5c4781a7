import { describe } from 'vitest';
import { compareAll } from '../lib/compare.js';
import type { Scene, Script } from '../lib/differential.js';
import { POLITE } from '../lib/raw-peer.js';

const ack = (name: string): string => `(...args) => note('${name}', ...args)`;
const lose = (scene: Scene, index = 0): void => scene.peer.sessions[index]!.close();

/** What was a defect of upstream once, by the version that mended it. */
const MENDED: Script[] = [
  {
    name: 'parser 4.2.7: a value that says that it is binary',
    page: `socket.emit('x', { toJSON: () => new Uint8Array([1, 2]) });`,
    steps: (scene) => scene.got('bytes(1,2)').then(() => scene.check()),
  },
  {
    name: 'parser 4.2.6: ten attachments',
    page: `socket.emit('x', ...Array.from({ length: 10 }, (_, n) => new Uint8Array([n])));`,
    steps: async (scene) => {
      await scene.got('bytes(9)');
      const places = Array.from({ length: 10 }, (_, num) => ({ _placeholder: true, num }));
      await scene.say(0, `4510-${JSON.stringify(['a', ...places])}`);
      await scene.say(0, ...places.map(({ num }) => Buffer.from([num])));
      await scene.heard('a');
    },
  },
  {
    name: 'parser 4.2.4: names that objects have by themselves',
    page: `socket.on('toString', () => note('toString')).on('__proto__', () => note('__proto__'));`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42["toString"]', '42["__proto__"]', '42["constructor"]', '42[7,"n"]');
      await scene.check();
    },
  },
  {
    name: 'parser 4.2.3: an event whose name is no name',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42[{"toString":"x"}]');
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'parser 4.2.2: half a packet does not outlive its connection',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '451-["a",{"_placeholder":true,"num":0}]');
      lose(scene);
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'client 4.8.2: with retries, what is emitted on connect is sent once',
    options: { retries: 1, ackTimeout: 60_000 },
    page: `socket.on('connect', () => socket.emit('x', ${ack('x')}));`,
    steps: async (scene) => {
      await scene.got('420["x"]');
      await scene.say(0, '430["ok"]');
      await scene.heard('x');
      await scene.say(0, '42["b"]');
      await scene.heard('b');
    },
  },
  {
    name: 'client 4.8.2: with retries, a second answer is ignored',
    options: { retries: 1, ackTimeout: 60_000 },
    page: `socket.emit('x', ${ack('x')}); socket.emit('y', ${ack('y')});`,
    steps: async (scene) => {
      await scene.got('420["x"]');
      await scene.say(0, '430["ok"]', '430["again"]');
      await scene.got('421["y"]');
      await scene.say(0, '431["ok"]');
      await scene.heard('y');
    },
  },
  {
    name: 'client 4.8.0: what is emitted when the heartbeat has run out unnoticed',
    manners: {
      hello: (session) => {
        const time = session.index === 0 ? 500 : 60_000;
        const times = { pingInterval: time, pingTimeout: time };
        session.send(`0${JSON.stringify({ sid: session.sid, upgrades: [], ...times })}`);
      },
    },
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`
        const end = performance.now() + 1300;
        while (performance.now() < end);
        socket.emit('late');`);
      await scene.got('42["late"]', 1);
      await scene.check(1);
    },
  },
  {
    name: 'client 4.8.0: attempts end when reconnection is switched off',
    options: { reconnectionDelay: 1000, reconnectionDelayMax: 1000 },
    steps: async (scene) => {
      await scene.heard('connect');
      lose(scene);
      await scene.heard('io.close');
      await scene.run(`
        socket.io.reconnection(false);
        setTimeout(() => note('later', socket.io.reconnection()), 2000);`);
      await scene.heard('later');
    },
  },
  {
    name: 'client 4.7.5: the answer to what was not sent yet is waited for over connections',
    options: { autoConnect: false },
    manners: { ...POLITE, admit: (session) => session.index > 0 && session.letIn() },
    page: `
      socket.emit('x', ${ack('x')});
      socket.timeout(60000).emit('y', ${ack('y')});
      socket.connect();`,
    steps: async (scene) => {
      await scene.got('40');
      await scene.run(`socket.disconnect().connect()`);
      await scene.got('421["y"]', 1);
      await scene.say(1, '430["ok"]', '431["ok"]');
      await scene.heard('y');
    },
  },
  {
    name: 'client 4.6.1: a socket that is active is not connected again',
    page: `
      socket.io.on('open', () => {
        const again = socket.io.socket('/');
        note('same', again === socket, again.active);
      });`,
    steps: (scene) => scene.heard('connect').then(() => scene.check()),
  },
  {
    name: 'client 4.6.0: a socket that was disconnected is connected again',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`socket.disconnect()`);
      await scene.got('closed');
      await scene.run(`note('same', socket.io.socket('/') === socket, socket.active)`);
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'client 4.5.3: an event behind one whose listener throws',
    page: `socket.on('c', () => { throw new Error('one'); });`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42["c"]', '42["a"]');
      await scene.heard('a');
      await scene.run(
        `const { events } = window.scene; events.splice(events.findIndex((line) => line.startsWith('un')), 1)`,
      );
      await scene.check();
    },
  },
];

/** What an app does at the end of a connection. */
const ENDING: Script[] = [
  {
    name: 'what waits for an answer when the app disconnects',
    page: `
      socket.emit('plain', ${ack('plain')});
      socket.timeout(60000).emit('timed', ${ack('timed')});
      socket.emitWithAck('promised').catch((error) => note('promised', error));`,
    steps: async (scene) => {
      await scene.got('422["promised"]');
      await scene.run(`socket.disconnect(); note('disconnected')`);
      await scene.heard('promised');
    },
  },
  {
    name: 'what waits for an answer when the app disconnects while it hears something',
    page: `
      socket.on('a', () => {
        socket.timeout(60000).emit('timed', ${ack('timed')});
        socket.disconnect();
const state = [socket.connected, Object.keys(socket.acks).length];
        setTimeout(() => note('left', ...state));
      });`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '42["a"]');
      await scene.heard('left');
      await scene.got('closed');
    },
  },
  {
    name: 'the packets that a manager hears of',
    page: `
      socket.io.on('packet', ({ type, nsp, id, data }) => note('packet', type, nsp, id, data));`,
    steps: async (scene) => {
      await scene.heard('packet');
      await scene.say(0, '42["a"]', '42/other,5["b"]', '451-["a",{"_placeholder":true,"num":0}]');
      await scene.say(0, Buffer.from([1]));
      await scene.heard('a bytes');
      await scene.say(0, '41');
      await scene.heard('packet 1');
    },
  },
];

describe('what upstream has mended', () => {
  compareAll([...MENDED, ...ENDING]);
});
