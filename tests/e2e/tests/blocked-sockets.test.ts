import { afterAll, beforeAll, describe, test } from 'vitest';
import { chatAroundBlockedSockets, shareAStream } from '../lib/blocked-sockets.js';
import { ChatServer } from '../lib/chat-server.js';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import type { Profile } from '../lib/tab.js';
import { launchWebDriver } from '../lib/webdriver.js';

describe.each([
  ['chromium', twoInChromium],
  ['firefox', () => twoByWebDriver('firefox')],
  ['webkit', () => twoByWebDriver('webkit')],
] as const)('%s', (_, launch) => {
  let server: ChatServer;
  let profiles: readonly [Profile, Profile];
  let close: () => Promise<void>;

  beforeAll(async () => {
    server = await ChatServer.start();
    ({ profiles, close } = await launch());
  });
  afterAll(async () => {
    await close?.();
    await server?.stop();
  });

  test('users whose network lets no socket pass chat all the same, and go back to sockets', () =>
    chatAroundBlockedSockets(server, profiles));

  test('tabs of a user whose network lets no socket pass share one stream', () =>
    shareAStream(server, profiles[1]));
});

interface Two {
  readonly profiles: readonly [Profile, Profile];
  close(): Promise<void>;
}

async function twoInChromium(): Promise<Two> {
  const browser = await launchChromium();
  const profiles = [await chromiumProfile(browser), await chromiumProfile(browser)] as const;
  return { profiles, close: () => browser.close() };
}

async function twoByWebDriver(name: 'firefox' | 'webkit'): Promise<Two> {
  const profiles = [await launchWebDriver(name), await launchWebDriver(name)] as const;
  return {
    profiles,
    close: async () => {
      for (const profile of profiles) await profile.close();
    },
  };
}
