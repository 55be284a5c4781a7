import type { ServerResponse } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { PollingPeer } from '../lib/polling-peer.js';
import { until, untilEqual } from '../lib/until.js';
import { polled } from '../lib/wire-stage.js';

let browser: Browser;
let page: Lab;
let tab: ChromiumTab;
let peer: PollingPeer;

beforeAll(async () => {
  browser = await launchChromium();
  page = await Lab.start();
  tab = await (await chromiumProfile(browser)).open(page.url);
});
afterAll(async () => {
  await browser?.close();
  await page?.stop();
});
beforeEach(async () => {
  peer = await PollingPeer.start([]);
});
afterEach(async () => {
  await tab.run('socket.disconnect()');
  await peer.stop();
});

async function connect(): Promise<void> {
  await tab.run(
    `window.log = [];
     window.socket = tabcast.io(args[0], { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 20 });
     socket.on('connect', () => log.push('connect'));
     socket.on('disconnect', (reason) => log.push(reason));
     socket.io.on('close', (_, error) => error && log.push([error.code, error.message, error.status ?? null]));
     socket.on('a', (n) => log.push(n));`,
    peer.url,
  );
  await untilEqual('connected', () => tab.run('return socket.connected'), true);
  // What comes next is for this poll.
  await polled(peer);
}

/** The next GET of the session gets this answer, once. */
async function answerNext(answer: (response: ServerResponse) => void): Promise<void> {
  let isDone = false;
  peer.intercept = (request, response) => {
    if (isDone || request.method !== 'GET' || request.session === null) return false;
    isDone = true;
    answer(response);
    return true;
  };
  peer.say('42["a",1]');
}

/** The session ended for `message`, and the next one works. */
async function expectNewSession(message: string, status: number | null): Promise<void> {
  await until('a new session', () =>
    tab.run(`return log.filter((it) => it === 'connect').length === 2`),
  );
  expect(await tab.run('return log')).toEqual([
    'connect',
    1,
    'transport error',
    ['unavailable', message, status],
    'connect',
  ]);
  peer.say('42["a",2]');
  await untilEqual('the event', () => tab.run('return log.at(-1)'), 2);
}

test.each([
  { what: 'a proxy that has lost the server', status: 502, body: '<html>Bad Gateway</html>' },
  { what: 'another server', status: 400, body: '{"code":1,"message":"Session ID unknown"}' },
  { what: 'nonsense', status: 400, body: '{"code":' },
  { what: 'a server without an answer', status: 204, body: '' },
])('$what ends the session, and another one begins', async ({ status, body }) => {
  await connect();

  await answerNext((response) => response.writeHead(status).end(body));

  await expectNewSession('xhr poll error', status);
});

test('a body that breaks off is no body', async () => {
  await connect();

  await answerNext((response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('42["a",3]');
    setTimeout(() => response.destroy(), 50);
  });

  await expectNewSession('xhr poll error', null);
});

test('a body without an end is not read to the end', async () => {
  await connect();
  const chunk = Buffer.alloc(1 << 20, 'a');
  let sent = 0;

  await answerNext((response) => {
    response.writeHead(200);
    const write = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  });

  await expectNewSession('xhr poll error', null);
  expect(sent).toBeLessThan(160 << 20);
});

test('a body of more packets than can be meant is refused', async () => {
  await connect();

  await answerNext((response) => response.end(Array(100_001).fill('6').join('\u001e')));

  await expectNewSession('xhr poll error', null);
});

test('a packet that is none ends the session, and what stands behind it is not heard', async () => {
  await connect();

  await answerNext((response) => response.end('x\u001e42["a",3]'));

  await expectNewSession('server error', null);
});

test('who leaves in the middle of a payload hears nothing of the rest', async () => {
  await connect();
  await tab.run(`socket.on('a', (n) => { if (n === 5) socket.disconnect(); })`);

  peer.say('42["a",5]\u001e42["a",6]');
  await untilEqual('the goodbye', () => peer.heard.post, ['40', '41', '1']);

  expect(await tab.run('return log')).toEqual(['connect', 5, 'io client disconnect']);
});
