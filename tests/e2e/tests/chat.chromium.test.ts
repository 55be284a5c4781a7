import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ChatPage, leaderFirst } from '../lib/chat-page.js';
import { ChatServer } from '../lib/chat-server.js';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import type { Profile } from '../lib/tab.js';
import { StockClient } from '../lib/stock-client.js';
import { until, untilEqual } from '../lib/until.js';

type Page = ChatPage<ChromiumTab>;

let browser: Browser;
let data: string;
let server: ChatServer;
let profiles: Profile<ChromiumTab>[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'tabcast-chat-'));
  server = await ChatServer.start({ DATA_DIR: data, JWT_SECRET: 'the secret of this test run' });
});
afterEach(async () => {
  await Promise.all(profiles.map((profile) => profile.close()));
  profiles = [];
  await server.stop();
  await rm(data, { recursive: true, force: true });
});

/** `count` tabs of one browser profile, signed in as `name`, all connected; the leader first. */
async function tabsOf(name: string, count: number): Promise<Page[]> {
  const profile = await chromiumProfile(browser);
  profiles.push(profile);
  const pages: Page[] = [];
  for (let index = 0; index < count; index += 1) {
    const page = new ChatPage(await profile.open(server.url));
    if (index === 0) await page.signIn(name);
    await page.ready();
    pages.push(page);
  }
  return leaderFirst(pages);
}

const numbered = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, index) => `message ${from + index}`);

test('two users with three tabs each are two connections, and a message shows once in all six tabs', async () => {
  const alice = await tabsOf('Alice', 3);
  const bob = await tabsOf('Bob', 3);

  const connections = await server.connections();
  await alice[0]!.send('from the leader');
  await untilEqual('order', () => bob[0]!.texts(), ['from the leader']);
  await alice[2]!.send('from a follower');

  expect(connections).toBe(2);
  for (const page of [...alice, ...bob]) {
    await untilEqual('texts', () => page.texts(), ['from the leader', 'from a follower']);
  }
  await untilEqual('states', () => alice[1]!.statuses(), ['sent', 'sent']);
  expect(await server.connections()).toBe(2);
});

test('typing shows while any tab of the device types, and presence shows who is there', async () => {
  const [alice] = await tabsOf('Alice', 1);
  const bob = await tabsOf('Bob', 2);

  await until('Bob online', async () => /Here now\s*2/.test(await alice!.text()));
  await bob[1]!.type('I am');
  await until('Bob typing', async () => (await alice!.text()).includes('Bob is typing'));
  await bob[1]!.type('');
  await until('Bob done', async () => !(await alice!.text()).includes('Bob is typing'));
});

test.each([
  ['closed', (page: Page) => page.tab.close()],
  ['crashed', (page: Page) => page.tab.crash()],
  ['reloaded', (page: Page) => page.tab.reload()],
  ['left for another page', (page: Page) => page.tab.goto('about:blank')],
])(
  'nothing is lost, doubled or reordered when the leader is %s while messages flow',
  async (_, end) => {
    const [leader, ...others] = await tabsOf('Alice', 3);
    const carol = await (await StockClient.connect(server, 'Carol')).join('general');
    const texts = numbered(150);

    const sending = (async () => {
      for (const text of texts) await carol.send('general', text);
    })();
    await until('messages flow', async () => (await others[0]!.texts()).length > 20);
    await end(leader!);
    await others[0]!.send('from the heir');
    await others[1]!.send('from the follower');
    await sending;
    carol.close();

    const own = ['from the heir', 'from the follower'];
    const all = [...texts, ...own].sort();
    for (const page of others) {
      await untilEqual('all, once', async () => (await page.texts()).sort(), all);
      const received = (await page.texts()).filter((text) => !own.includes(text));
      expect(received).toEqual(texts);
    }
    expect(await others[0]!.texts()).toEqual(await others[1]!.texts());
  },
);

test('a tab that comes back from the back/forward cache has what it missed', async () => {
  const [leader, other] = await tabsOf('Alice', 2);

  await leader!.tab.goto('about:blank');
  await untilEqual('the heir', async () => (await other!.place()).role, 'leader');
  await other!.send('while you were away');
  await untilEqual('sent', () => other!.texts(), ['while you were away']);
  await leader!.tab.page.goBack();

  await untilEqual('back', () => leader!.texts(), ['while you were away']);
  await leaderFirst([leader!, other!]);
  expect(await server.connections()).toBe(1);
});

test('a message written while the server is down goes out when it is back', async () => {
  const [leader, follower] = await tabsOf('Alice', 2);

  await server.stop();
  await until('outage', async () => (await follower!.status()) !== 'connected');
  await follower!.send('into the void');
  await until('it waits', async () => (await follower!.texts()).includes('into the void'));
  await server.restart();

  for (const page of [leader!, follower!]) {
    await untilEqual('delivered', () => page.texts(), ['into the void'], 60_000);
  }
  await untilEqual('sent', () => follower!.statuses(), ['sent']);
});

test('signing out in one tab ends the session in all tabs', async () => {
  const pages = await tabsOf('Alice', 3);

  await pages[1]!.tab.run(`localStorage.clear(); dispatchEvent(new StorageEvent('storage'))`);
  for (const page of pages) {
    await until('signed out', () => page.tab.run(`return !!document.querySelector('input')`));
  }

  await untilEqual('connections', () => server.connections(), 0);
});
