import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChatPage, leaderFirst } from '../lib/chat-page.js';
import { ChatServer } from '../lib/chat-server.js';
import { StockClient } from '../lib/stock-client.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';
import { launchWebDriver, type WebDriverBrowser } from '../lib/webdriver.js';

describe.each<WebDriverBrowser>(['firefox', 'webkit'])('%s', (name) => {
  let profile: Profile;
  let server: ChatServer;

  beforeAll(async () => {
    server = await ChatServer.start();
    profile = await launchWebDriver(name);
  });
  afterAll(async () => {
    await profile?.close();
    await server?.stop();
  });

  test('tabs share a connection, send, receive, and go on when the leader tab is closed', async () => {
    const pages: ChatPage[] = [];
    for (let index = 0; index < 3; index += 1) {
      const page = new ChatPage(await profile.open(server.url));
      if (index === 0) await page.signIn('Alice');
      await page.ready();
      pages.push(page);
    }
    const [leader, ...others] = await leaderFirst(pages);
    expect(await server.connections()).toBe(1);

    await others[1]!.send('from a follower');
    for (const page of pages) await untilEqual('texts', () => page.texts(), ['from a follower']);

    const carol = await (await StockClient.connect(server, 'Carol')).join('general');
    const texts = Array.from({ length: 60 }, (_, index) => `message ${index}`);
    const sending = (async () => {
      for (const text of texts) await carol.send('general', text);
    })();
    await until('messages flow', async () => (await others[0]!.texts()).length > 5);
    await leader!.tab.close();
    await sending;
    carol.close();

    for (const page of others) {
      await untilEqual('all, once, in order', () => page.texts(), ['from a follower', ...texts]);
    }
    await others[0]!.send('after the handover');
    for (const page of others) {
      await until('sent', async () => (await page.texts()).includes('after the handover'));
    }
    await leaderFirst(others);
    await untilEqual('connections', () => server.connections(), 1);
  });
});
