import { describe } from 'vitest';
import { compareAll } from '../lib/compare.js';
import type { Script } from '../lib/differential.js';
import type { RawSession } from '../lib/raw-peer.js';

const ack = (name: string): string => `(...args) => note('${name}', ...args)`;
const lose = (session: RawSession): void => session.close();

/** What a socket that is not connected yet is asked to do, and what becomes of it. */
const BUFFERING: Script[] = [
  {
    name: 'what is emitted before the connection goes out in order, before connect is told',
    page: `
      socket.onAnyOutgoing((...args) => note('out', ...args));
      socket.emit('x', 1, { a: [true, null, undefined] });
      socket.emit('y', ${ack('answer')});
      socket.on('connect', () => socket.emit('z'));`,
    steps: async (scene) => {
      await scene.got('42["z"]');
      await scene.say(0, '430["ok",2]');
      await scene.heard('answer');
    },
  },
  {
    name: 'what is emitted while the connection is lost goes out over the next',
    page: `socket.on('disconnect', () => socket.emit('kept', 1));`,
    steps: async (scene) => {
      await scene.heard('connect');
      lose(scene.peer.sessions[0]!);
      await scene.got('42["kept",1]', 1);
      await scene.check(1);
    },
  },
  {
    name: 'binary values travel as attachments',
    page: `
      const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
      socket.emit('bin', view, [{ deep: new Uint8Array([7]).buffer }]);`,
    steps: async (scene) => {
      await scene.got('bytes(7)');
      await scene.say(0, '451-["a",{"_placeholder":true,"num":0}]', Buffer.from([4, 5]));
      await scene.heard('a bytes(4,5)');
    },
  },
];

const ACKS: Script[] = [
  {
    name: 'an event of the server is answered once',
    page: `socket.on('q', (value, answer) => { answer(value, 'ok'); answer('again'); });`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '425["q",1]');
      await scene.got('435[1,"ok"]');
      await scene.check();
    },
  },
  {
    name: 'a second answer to an event is ignored',
    page: `socket.emit('q', ${ack('answer')});`,
    steps: async (scene) => {
      await scene.got('420["q"]');
      await scene.say(0, '430[1]', '430[2]');
      await scene.check();
    },
  },
  {
    name: 'waiting for an answer ends with the connection',
    page: `
      socket.emit('plain', ${ack('plain')});
      socket.timeout(60000).emit('timed', ${ack('timed')});
      socket.emitWithAck('promised').catch((error) => note('promised', error));`,
    steps: async (scene) => {
      await scene.got('422["promised"]');
      lose(scene.peer.sessions[0]!);
      await scene.heard('promised');
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'ids of answers go on over connections',
    page: `socket.on('connect', () => socket.emit('q', ${ack('answer')}));`,
    steps: async (scene) => {
      await scene.got('420["q"]');
      lose(scene.peer.sessions[0]!);
      await scene.got('421["q"]', 1);
      await scene.say(1, '431["ok"]');
      await scene.heard('answer');
    },
  },
  {
    name: 'the time for an answer runs while the event waits',
    options: { autoConnect: false },
    page: `socket.timeout(50).emit('q', ${ack('answer')});`,
    steps: async (scene) => {
      await scene.heard('answer');
      await scene.run(`note('waiting', socket.sendBuffer.length); socket.connect()`);
      await scene.heard('connect');
      await scene.check();
    },
  },
];

const RETRIES: Script[] = [
  {
    name: 'with retries, events go one by one',
    options: { retries: 2, ackTimeout: 60_000 },
    page: `
      socket.emit('x', ${ack('x')});
      socket.emit('y', ${ack('y')});`,
    steps: async (scene) => {
      await scene.got('420["x"]');
      await scene.say(0, '430["ok"]');
      await scene.got('421["y"]');
      await scene.say(0, '431["ok"]');
      await scene.heard('y');
    },
  },
  {
    name: 'with retries, an event whose time is up is sent again and then given up',
    options: { retries: 1, ackTimeout: 50 },
    page: `socket.emit('x', ${ack('x')});`,
    steps: (scene) => scene.heard('x'),
  },
  {
    name: 'with retries, an event is sent again over the next connection',
    options: { retries: 3, ackTimeout: 60_000 },
    page: `socket.emit('x', ${ack('x')});`,
    steps: async (scene) => {
      await scene.got('420["x"]');
      lose(scene.peer.sessions[0]!);
      await scene.got('421["x"]', 1);
      await scene.say(1, '431["ok"]');
      await scene.heard('x');
    },
  },
];

const CONNECTING: Script[] = [
  {
    name: 'the app may give its handshake data late, anew each time',
    options: {
      auth: '(provide) => setTimeout(() => provide({ n: (window.n = (window.n ?? 0) + 1) }), 5)',
    },
    page: `window.n = 0;`,
    steps: async (scene) => {
      await scene.got('40{"n":1}');
      await scene.heard('connect');
      lose(scene.peer.sessions[0]!);
      await scene.got('40{"n":2}', 1);
      await scene.heard('connect', 2);
    },
  },
  {
    name: 'a refusal has the data of the server and ends the attempts',
    manners: { admit: (session) => session.send('44{"message":"no","data":{"code":7}}') },
    steps: async (scene) => {
      await scene.heard('connect_error');
      await scene.got('closed');
      await scene.run(`note('active', socket.active)`);
    },
  },
  {
    name: 'the server disconnects',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.say(0, '41');
      await scene.got('closed');
      await scene.run(`note('active', socket.active, socket.id)`);
    },
  },
  {
    name: 'the app disconnects and connects again',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`socket.disconnect()`);
      await scene.got('closed');
      await scene.run(`socket.connect()`);
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'the app disconnects before it is connected',
    manners: { hello: () => undefined },
    steps: async (scene) => {
      await scene.say(0);
      await scene.run(`socket.disconnect()`);
      await scene.run(`note('state', socket.active, socket.connected)`);
      await scene.got('closed');
    },
  },
  {
    name: 'an own namespace',
    namespace: '/rooms',
    manners: { admit: (session) => session.send('40/rooms,{"sid":"r1"}') },
    page: `socket.emit('x', ${ack('x')});`,
    steps: async (scene) => {
      await scene.got('42/rooms,0["x"]');
      await scene.say(0, '43/rooms,0[]', '42/rooms,["a",1]');
      await scene.heard('a');
      await scene.run(`note('id', socket.id, socket.nsp); socket.disconnect()`);
      await scene.got('41/rooms,');
    },
  },
  {
    name: 'a handshake that takes too long',
    options: { timeout: 60, reconnectionAttempts: 1 },
    manners: { hello: () => undefined },
    steps: async (scene) => {
      await scene.heard('io.reconnect_error');
      await scene.got('closed', 1);
    },
  },
  {
    name: 'a heartbeat that stops',
    manners: {
      hello: (session) =>
        session.send('0{"sid":"e","upgrades":[],"pingInterval":400,"pingTimeout":400}'),
    },
    options: { reconnection: false },
    steps: (scene) => scene.heard('io.close'),
  },
  {
    name: 'the engine is closed by the app',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`socket.io.engine.close()`);
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'the app hands the engine what the server is to have sent',
    page: `socket.on('injected', (...args) => note('injected', ...args));`,
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`socket.io.engine.emit('data', '2["injected",1]')`);
      await scene.heard('injected');
      await scene.run(`socket.io.engine.emit('data', 'bad')`);
      await scene.heard('connect', 2);
      await scene.check(1);
    },
  },
  {
    name: 'the manager is closed by the app',
    steps: async (scene) => {
      await scene.heard('connect');
      await scene.run(`socket.io._close()`);
      await scene.got('closed');
      await scene.run(`note('active', socket.active); socket.io.open()`);
      await scene.heard('connect', 2);
    },
    difference: {
      row: '`Manager._close()` leaves its namespaces',
      upstream: { wire: ['0 40', '0 closed', '1 40'] },
      tabcast: { wire: ['0 40', '0 41', '0 closed', '1 40'] },
    },
  },
];

const RECOVERY: Script[] = [
  {
    name: 'a session is recovered with what was missed',
    manners: {
      admit: (session) => {
        if (session.index > 0) session.send('42["a","missed","offset-2"]');
        session.send('40{"sid":"s1","pid":"p1"}');
      },
    },
    page: `socket.on('connect', () => note('recovered', socket.recovered, socket.id));`,
    steps: async (scene) => {
      await scene.heard('recovered');
      await scene.say(0, '42["a","seen","offset-1"]');
      await scene.heard('a');
      lose(scene.peer.sessions[0]!);
      await scene.heard('recovered', 2);
    },
  },
];

describe('a socket', () => {
  compareAll([...BUFFERING, ...ACKS, ...RETRIES, ...CONNECTING, ...RECOVERY]);
});
