import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
let profile: Profile<ChromiumTab>;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start({ connectionStateRecovery: {} });
  profile = await chromiumProfile(browser);
});
afterEach(async () => {
  await profile.close();
  await lab.stop();
});

/** A tab with a shared socket on `nsp` as `window.socket`; what it hears is in `window.log`. */
async function tab(nsp = '/', options = {}): Promise<ChromiumTab> {
  const tab = await profile.open(lab.url);
  await tab.run(
    `window.log = [];
     window.socket = tabcast.io(args[0], { shared: true, scope: 'user', transports: ['websocket'], ...args[1] });
     socket.on('connect', () => log.push('connect'));
     socket.on('disconnect', (reason) => log.push(reason));
     socket.onAny((event, ...args) => {
       if (typeof args.at(-1) === 'string') args.pop(); // the offset of connection state recovery
       log.push([event, ...args]);
     });`,
    nsp,
    options,
  );
  await untilEqual('connected', () => tab.run('return socket.connected'), true);
  return tab;
}

const log = (tab: ChromiumTab): Promise<unknown[]> => tab.run('return log');
const role = (tab: ChromiumTab): Promise<string> =>
  tab.run('return socket.io.tabs.getSnapshot().role');

test('three tabs are one connection with one session, and each gets every event once', async () => {
  const tabs = [await tab(), await tab(), await tab()];

  lab.io.emit('news', 1);
  lab.io.emit('news', 2);

  for (const tab of tabs) {
    await untilEqual('events', () => log(tab), ['connect', ['news', 1], ['news', 2]]);
  }
  expect(lab.connections).toBe(1);
  expect(lab.io.of('/').sockets.size).toBe(1);
  const ids = await Promise.all(tabs.map((tab) => tab.run<string>('return socket.id')));
  expect(new Set(ids).size).toBe(1);
});

test('followers emit, get their acknowledgements, and send binary data', async () => {
  lab.io.on('connection', (socket) => {
    socket.on('sum', (numbers: Buffer, reply) => reply(numbers.reduce((sum, n) => sum + n, 0)));
    socket.on('echo', (data: Buffer, reply) => reply({ data }));
  });
  const [, follower] = [await tab(), await tab()];

  const sum = follower.run(
    'return socket.timeout(5000).emitWithAck("sum", new Uint8Array([1, 2, 3]))',
  );
  const echo = follower.run<number[]>(
    `const { data } = await socket.timeout(5000).emitWithAck("echo", new Uint8Array([7, 8]));
     return [...new Uint8Array(data)];`,
  );

  expect(await sum).toBe(6);
  expect(await echo).toEqual([7, 8]);
});

test('a question of the server is answered once for all tabs', async () => {
  const tabs = [await tab(), await tab(), await tab()];
  for (const tab of tabs) await tab.run(`socket.on('ask', (n, reply) => reply(n + 1))`);

  const [server] = [...lab.io.of('/').sockets.values()];
  const answers = await Promise.all(
    [1, 2, 3].map((n) => server!.timeout(5000).emitWithAck('ask', n)),
  );

  expect(answers).toEqual([2, 3, 4]);
});

test('one tab disconnects and the others stay connected', async () => {
  const [leader, follower] = [await tab(), await tab()];

  await leader.run('socket.disconnect()');
  lab.io.emit('news', 1);

  await untilEqual('follower', () => log(follower), ['connect', ['news', 1]]);
  expect(await log(leader)).toEqual(['connect', 'io client disconnect']);
  expect(lab.connections).toBe(1);
  await follower.run('socket.disconnect()');
  await untilEqual('connections', () => lab.connections, 0);
});

test('namespaces share the connection, also when only a follower uses one', async () => {
  lab.io.of('/orders').on('connection', (socket) => socket.emit('hello', 'orders'));
  const leader = await tab('/');

  const follower = await tab('/orders');

  await untilEqual('greeting', () => log(follower), ['connect', ['hello', 'orders']]);
  expect(await log(leader)).toEqual(['connect']);
  expect(lab.connections).toBe(1);
});

test('a socket whose namespace is connected already says so when io() has returned', async () => {
  lab.io.of('/rooms');
  await tab('/rooms');
  const follower = await tab();

  const heard = await follower.run(
    `const socket = tabcast.io('/rooms', { shared: true, scope: 'user', transports: ['websocket'] });
     const before = socket.connected;
     await new Promise((resolve) => socket.on('connect', resolve));
     return [before, socket.connected, typeof socket.id];`,
  );

  expect(heard).toEqual([false, true, 'string']);
});

test('two users never share a connection', async () => {
  await tab('/', { scope: 'alice' });
  await tab('/', { scope: 'bob' });

  expect(lab.connections).toBe(2);
});

test('without a scope nothing is shared, and the tab says why', async () => {
  const alone = await tab('/', { scope: null });

  expect(await role(alone)).toBe('solo');
  expect(await alone.run('return socket.io.tabs.getSnapshot().sharing')).toBe('no scope');
});

test('a session is resumed by the heir: nothing is lost, doubled or reordered without any history', async () => {
  const [leader, ...others] = [await tab(), await tab(), await tab()];
  await until('leader', async () => (await role(leader)) === 'leader');
  let n = 0;
  const flow = setInterval(() => lab.io.emit('n', (n += 1)), 5);

  await until('flowing', async () => (await log(others[0]!)).length > 50);
  await leader.close();
  await until('handover', async () => (await log(others[0]!)).includes('transport close'));
  await until('reconnected', () => others[0]!.run('return socket.connected'));
  clearInterval(flow);
  const sent = Array.from({ length: n }, (_, index) => ['n', index + 1]);

  for (const tab of others) {
    const first = ((await log(tab)).find(Array.isArray) as [string, number])[1];
    await untilEqual(
      'numbers',
      async () => (await log(tab)).filter(Array.isArray),
      sent.slice(first - 1),
    );
    expect(await tab.run('return socket.recovered')).toBe(true);
  }
  await untilEqual('connections', () => lab.connections, 1);
});
