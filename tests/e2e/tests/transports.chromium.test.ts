import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import type { Profile } from '../lib/tab.js';
import { untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
let profile: Profile<ChromiumTab>;
/** What each session was opened over, as the server saw it. */
let opened: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start();
  opened = [];
  lab.io.engine.on('connection', (session: { transport: { name: string } }) =>
    opened.push(session.transport.name),
  );
  profile = await chromiumProfile(browser);
});
afterEach(async () => {
  await profile.close();
  await lab.stop();
});

async function tab(options: object): Promise<ChromiumTab> {
  const tab = await profile.open(lab.url);
  await tab.run(
    `window.log = [];
     window.socket = tabcast.io({ shared: true, scope: 'user', ...args[0] });
     socket.io.on('open', () => log.push(['open', socket.io.engine.transport.name]));
     socket.on('connect', () => {
       log.push('connect');
       socket.io.engine.on('upgrade', ({ name }) => log.push(['upgrade', name]));
     });`,
    options,
  );
  await untilEqual('connected', () => tab.run('return socket.connected'), true);
  return tab;
}

const engine = (tab: ChromiumTab): Promise<unknown> =>
  tab.run(
    'const { id, readyState, transport } = socket.io.engine; return [!!id, readyState, transport.name]',
  );
const ids = (tabs: ChromiumTab[]): Promise<unknown[]> =>
  Promise.all(tabs.map((tab) => tab.run('return socket.io.engine.id')));

test('an heir goes straight to the transport of the leader before', async () => {
  const leader = await tab({});
  const heir = await tab({});
  const last = await tab({});
  for (const tab of [leader, heir, last]) {
    await untilEqual('engine', () => engine(tab), [true, 'open', 'websocket']);
  }
  const [id, ...others] = await ids([leader, heir, last]);
  expect(others).toEqual([id, id]);

  const died = Date.now();
  await leader.crash();
  await untilEqual('sessions', () => opened, ['polling', 'websocket']);
  const took = Date.now() - died;

  for (const tab of [heir, last]) {
    await untilEqual('engine', () => engine(tab), [true, 'open', 'websocket']);
  }
  const [one, other] = await ids([heir, last]);
  expect(one).toBe(other);
  expect(one).not.toBe(id);
  expect(took).toBeLessThan(2000);
});

test('an heir that shall not remember begins as everybody', async () => {
  const options = { rememberUpgrade: false };
  const leader = await tab(options);
  const heir = await tab(options);
  await untilEqual('engine', () => engine(heir), [true, 'open', 'websocket']);

  await leader.crash();

  await untilEqual('sessions', () => opened, ['polling', 'polling']);
  await untilEqual('engine', () => engine(heir), [true, 'open', 'websocket']);
});

test('a session that any tab closes is replaced, for all', async () => {
  const tabs = [await tab({ reconnectionDelay: 10 }), await tab({ reconnectionDelay: 10 })];
  for (const tab of tabs)
    await untilEqual('engine', () => engine(tab), [true, 'open', 'websocket']);
  const [before] = await ids(tabs);

  await tabs[1]!.run('socket.io.engine.close()');

  await untilEqual('sessions', () => opened, ['polling', 'websocket']);
  for (const tab of tabs)
    await untilEqual('engine', () => engine(tab), [true, 'open', 'websocket']);
  const [one, other] = await ids(tabs);
  expect(one).toBe(other);
  expect(one).not.toBe(before);
});

test('a tab that follows over polling is one with its leader', async () => {
  const options = { transports: ['polling'] };
  const tabs = [await tab(options), await tab(options)];
  lab.io.on('connection', (socket) => socket.on('echo', (value, answer) => answer(value)));
  const answers: unknown[] = [];

  lab.io.emit('news', 1);
  for (const tab of tabs) {
    await tab.run(`socket.on('news', (n) => log.push(n))`);
  }
  lab.io.emit('news', 2);
  for (const tab of tabs) {
    await untilEqual('news', () => tab.run('return log.at(-1)'), 2);
    answers.push(await tab.run('return socket.io.engine.transport.name'));
  }

  expect(answers).toEqual(['polling', 'polling']);
  expect(lab.connections).toBe(1);
});
