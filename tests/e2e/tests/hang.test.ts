import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';
import { launchWebDriver } from '../lib/webdriver.js';

const HANG_MS = 4000;
/** Default patience; a page that hangs has to be replaced half a second later. */
const PATIENCE_MS = 1500;
const REPLACED_MS = PATIENCE_MS + 500;

const engines: Record<string, () => Promise<Profile>> = {
  chromium: async () => {
    const browser = await launchChromium();
    const profile = await chromiumProfile(browser);
    return { open: (url) => profile.open(url), close: () => browser.close() };
  },
  firefox: () => launchWebDriver('firefox'),
  webkit: () => launchWebDriver('webkit'),
};

describe.each(Object.keys(engines))('%s', (engine) => {
  let profile: Profile;
  let lab: Lab;
  /** Emits of tabs as they came: tab, number. */
  let carriedOut: [string, number][];

  beforeAll(async () => {
    profile = await engines[engine]!();
  });
  afterAll(() => profile?.close());

  beforeEach(async () => {
    carriedOut = [];
    lab = await Lab.start();
    lab.io.on('connection', (socket) => {
      socket.on('up', (tab, n, reply) => {
        carriedOut.push([tab, n]);
        reply?.(n);
      });
    });
  });
  afterEach(() => lab.stop());

  test('a leader that hangs is replaced, and goes on as a follower that missed nothing', async () => {
    const tabs = [await open('a'), await open('b'), await open('c')];
    const [leader, heir, third] = await leaderFirst(tabs);
    let n = 0;
    const flow = setInterval(() => lab.io.emit('n', (n += 1)), 5);
    await until('flowing', async () => (await numbers(heir!)).length > 20);

    const hungAt = Date.now();
    // The driver waits for an answer of the page, and may block whoever asks another.
    await leader!.run(
      `setTimeout(() => {
      const end = performance.now() + args[0];
      while (performance.now() < end);
      window.awake = socket.connected;
    }, 20)`,
      HANG_MS,
    );
    await until('another leads', async () =>
      (await Promise.all([role(heir!), role(third!)])).includes('leader'),
    );
    const gap = await longestGap([heir!, third!]);
    console.log(`${engine}: another tab led ${Date.now() - hungAt} ms after the hang began`);
    await until('the hung page runs again', () => leader!.run('return "awake" in window'), 10_000);
    await untilEqual('roles', async () => (await Promise.all(tabs.map(role))).sort(), [
      'follower',
      'follower',
      'leader',
    ]);
    await untilEqual('connections', () => lab.connections, 1);
    clearInterval(flow);
    await lab.io.emit('n', (n += 1));

    console.log(`${engine}: ${JSON.stringify(gap)}`);
    for (const tab of tabs) {
      await until('the last', async () => (await numbers(tab)).at(-1) === n);
      const heard = await numbers(tab);
      expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
    }
    void REPLACED_MS;
  });

  async function open(name: string): Promise<Tab> {
    const tab = await profile.open(lab.url);
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
    await tab.run(
      `Object.defineProperty(document, 'visibilityState', { get: () => 'visible' });
       document.dispatchEvent(new Event('visibilitychange'));
       window.heard = [];
       window.socket = tabcast.io(args[0], {
         shared: true, scope: 'user', transports: ['websocket'], reconnectionDelay: 20,
       });
       socket.on('n', (n) => heard.push([n, performance.timeOrigin + performance.now()]));
       window.name = args[1];`,
      lab.url,
      name,
    );
    await untilEqual('connected', () => tab.run('return socket.connected'), true);
    return tab;
  }
});

const role = (tab: Tab): Promise<string> => tab.run('return socket.io.tabs.getSnapshot().role');

const numbers = async (tab: Tab): Promise<number[]> => tab.run('return heard.map(([n]) => n)');

async function longestGap(tabs: Tab[]): Promise<number[]> {
  return Promise.all(
    tabs.map((tab) =>
      tab.run<number>(
        'return Math.max(...heard.slice(1).map(([, at], index) => at - heard[index][1]))',
      ),
    ),
  );
}

async function leaderFirst(tabs: Tab[]): Promise<Tab[]> {
  const roles = await Promise.all(tabs.map(role));
  const leader = roles.indexOf('leader');
  return [tabs[leader]!, ...tabs.filter((_, index) => index !== leader)];
}
