import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { PollingPeer } from '../lib/polling-peer.js';
import { until, untilEqual } from '../lib/until.js';

/** What one client did in a scenario: on the wire, and in its events. */
interface Run {
  readonly heard: PollingPeer['heard'];
  readonly log: unknown[];
}

interface Scenario {
  readonly what: string;
  /** Options of `io()`. */
  readonly io?: Record<string, unknown>;
  readonly prepare?: (peer: PollingPeer) => void;
  readonly play: (peer: PollingPeer, tab: ChromiumTab) => Promise<void>;
  /** WebSockets wait until the namespace is connected: which is first would be a matter of chance. */
  readonly late?: boolean;
}

let browser: Browser;
let page: Lab;
beforeAll(async () => {
  browser = await launchChromium();
  page = await Lab.start();
});
afterAll(async () => {
  await browser?.close();
  await page?.stop();
});

let peers: PollingPeer[] = [];
let close: () => Promise<void> = async () => undefined;
beforeEach(() => {
  peers = [];
});
afterEach(async () => {
  await close();
  for (const peer of peers) await peer.stop();
});

/** Plays a scenario with the client that a page imports from `module`. */
async function run(module: string, scenario: Scenario): Promise<Run> {
  const peer = await PollingPeer.start();
  peers.push(peer);
  scenario.prepare?.(peer);
  if (scenario.late) {
    peer.socketsWait = untilEqual('the GET after CONNECT', () => peer.heard.get.length, 3);
  }
  const profile = await chromiumProfile(browser);
  close = () => profile.close();
  const tab = await profile.open(page.url);
  await tab.run(
    `const { io } = await import(args[0]);
     window.log = [];
     const socket = (window.socket = io(args[1], { reconnection: false, ...args[2] }));
     const details = (error) => [error.message, error.type, error.description];
     const manager = socket.io;
     manager.on('open', () => {
       log.push(['open', manager.engine.transport.name]);
       manager.engine.on('upgrading', ({ name }) => log.push(['upgrading', name, manager.engine.transport.name]));
       manager.engine.on('upgrade', ({ name }) => log.push(['upgrade', name, manager.engine.transport.name]));
       manager.engine.on('upgradeError', (error) => log.push(['upgradeError', error.message, error.transport]));
     });
     socket.on('connect', () => {
       log.push(['connect']);
       manager.engine.on('close', (reason) => log.push(['engine close', reason]));
     });
     socket.on('disconnect', (reason) => log.push(['disconnect', reason]));
     socket.on('connect_error', (error) => log.push(['connect_error', ...details(error).slice(0, 2)]));
     socket.onAny((...event) => log.push(event));
     manager.on('close', (reason) => log.push(['close', reason]));`,
    module,
    peer.url,
    scenario.io ?? {},
  );
  await scenario.play(peer, tab);
  const log = await tab.run<unknown[]>('return window.before ?? log');
  const heard = structuredClone(peer.heard);
  await profile.close();
  return { heard, log };
}

const noted = (tab: ChromiumTab, ...note: unknown[]): Promise<unknown> =>
  until(`the note ${JSON.stringify(note)}`, () =>
    tab.run<boolean>(
      'return log.some((entry) => JSON.stringify(entry) === JSON.stringify(args[0]))',
      note,
    ),
  );

const polls = (peer: PollingPeer, count: number): Promise<void> =>
  untilEqual('GETs', () => peer.heard.get.length, count);
const posts = (peer: PollingPeer, ...bodies: string[]): Promise<void> =>
  untilEqual('POSTs', () => peer.heard.post, bodies);
const frames = (peer: PollingPeer, ...frames: string[]): Promise<void> =>
  untilEqual('frames', () => peer.heard.socket.slice(1), frames);

/** Disconnects; the order of what is heard of it is that of other tests. */
const disconnect = (tab: ChromiumTab): Promise<void> =>
  tab.run('window.before = [...log]; socket.disconnect()');

const POLLING = { transports: ['polling'] };

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'opens, sends and closes over polling',
    io: { ...POLLING, query: { a: '1' } },
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('42["in",1]');
      await noted(tab, 'in', 1);
      await tab.run(
        `socket.emit('out', 1); socket.emit('out', new Uint8Array([1, 2])); socket.emit('out', 'é')`,
      );
      await posts(
        peer,
        '40',
        '42["out",1]',
        '451-["out",{"_placeholder":true,"num":0}]\u001ebAQI=\u001e42["out","é"]',
      );
      await disconnect(tab);
      await untilEqual('the goodbye', () => peer.heard.post.slice(3), ['41', '1']);
    },
  },
  {
    what: 'upgrades',
    late: true,
    async play(peer, tab) {
      await noted(tab, 'upgrade', 'websocket', 'websocket');
      await noted(tab, 'connect');
      await tab.run(`socket.emit('out', 1)`);
      peer.say('42["in",1]');
      await noted(tab, 'in', 1);
      await frames(peer, '2probe', '5', '42["out",1]');
      await disconnect(tab);
      await frames(peer, '2probe', '5', '42["out",1]', '41', '(closed)');
    },
  },
  {
    what: 'stays where the socket is refused',
    late: true,
    prepare: (peer) => void (peer.takesSockets = false),
    async play(peer, tab) {
      await noted(tab, 'upgradeError', 'probe error: Error: websocket error', 'websocket');
      await noted(tab, 'connect');
      await tab.run(`socket.emit('out', 1)`);
      await posts(peer, '40', '42["out",1]');
    },
  },
  {
    what: 'answers pings over polling',
    io: POLLING,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('2');
      await posts(peer, '40', '3');
    },
  },
  {
    what: 'is closed by the server over polling',
    io: POLLING,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('1');
      await noted(tab, 'disconnect', 'transport close');
    },
  },
  {
    what: 'hears that its session is unknown',
    io: POLLING,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.intercept = (request, response) => {
        if (request.method === 'POST') return false;
        response.writeHead(400).end('{"code":1,"message":"Session ID unknown"}');
        return true;
      };
      peer.say('42["in",1]');
      await noted(tab, 'disconnect', 'transport error');
      await posts(peer, '40', '1');
    },
  },
  ...[
    { what: 'HTTP 400', status: 400, body: '{"code":5,"message":"Unsupported protocol version"}' },
    { what: 'HTTP 502', status: 502, body: '<html>Bad Gateway</html>' },
    { what: 'something else', status: 200, body: '<html>' },
  ].map(({ what, status, body }) => ({
    what: `gets ${what} in place of a handshake`,
    io: POLLING,
    prepare: (peer: PollingPeer) => {
      peer.intercept = (_, response) => {
        response.writeHead(status).end(body);
        return true;
      };
    },
    async play(peer: PollingPeer, tab: ChromiumTab) {
      await polls(peer, 1);
      await until('an error', () =>
        tab.run(`return log.some(([name]) => name === 'connect_error')`),
      );
    },
  })),
  {
    what: 'goes on with the next transport',
    io: { tryAllTransports: true },
    prepare: (peer) => {
      peer.intercept = (_, response) => {
        peer.heard.get.length = 0;
        response.writeHead(503).end();
        return true;
      };
    },
    async play(peer, tab) {
      await noted(tab, 'connect');
      await frames(peer, '40');
    },
  },
  {
    what: 'does not upgrade where it shall not',
    io: { upgrade: false },
    async play(peer, tab) {
      await noted(tab, 'connect');
      await posts(peer, '40');
    },
  },
  {
    what: 'begins with a WebSocket',
    io: { transports: ['websocket', 'polling'] },
    async play(peer, tab) {
      await noted(tab, 'connect');
      await frames(peer, '40');
    },
  },
  {
    what: 'sends base64 and names it',
    io: { ...POLLING, forceBase64: true, timestampParam: 'stamp', timestampRequests: false },
    async play(peer, tab) {
      await noted(tab, 'connect');
      await posts(peer, '40');
    },
  },
];

describe('the wire of a connection that', () => {
  test.each(SCENARIOS)('$what is that of the reference', async (scenario) => {
    const reference = await run('/reference.js', scenario);
    const ours = await run('/dist/index.js', scenario);

    expect(ours.heard).toEqual(reference.heard);
    expect(ours.log).toEqual(reference.log);
  });
});
