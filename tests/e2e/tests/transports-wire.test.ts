import { describe, expect, test } from 'vitest';
import type { ChromiumTab } from '../lib/chromium.js';
import type { PollingPeer } from '../lib/polling-peer.js';
import { until, untilEqual } from '../lib/until.js';
import {
  disconnect,
  frames,
  forgetSession,
  noted,
  polled,
  polls,
  posts,
  WireStage,
  type Scenario,
} from '../lib/wire-stage.js';

const stage = WireStage.use();

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
      await polled(peer);
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
      await polled(peer);
    },
  },
  {
    what: 'answers pings over polling',
    io: POLLING,
    async play(peer, tab) {
      await noted(tab, 'connect');
      peer.say('2');
      await posts(peer, '40', '3');
      await polled(peer);
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
    play: forgetSession,
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
      await polled(peer);
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
      await polled(peer);
    },
  },
];

describe('the wire of a connection that', () => {
  test.each(SCENARIOS)('$what is that of the reference', async (scenario) => {
    const reference = await stage.run('/reference.js', scenario);
    const ours = await stage.run('/dist/index.js', scenario);

    expect(ours.heard).toEqual(reference.heard);
    expect(ours.log).toEqual(reference.log);
  });
});
