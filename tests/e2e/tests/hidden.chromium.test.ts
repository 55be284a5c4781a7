import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Lab } from '../lib/lab.js';
import { Probe, SHARED } from '../lib/probe.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until } from '../lib/until.js';
import { launchWebDriver } from '../lib/webdriver.js';

const EVENTS = 400;
const EVERY_MS = 5;
const NUMBERS = Array.from({ length: EVENTS }, (_, n) => n);

let profile: Profile;
let lab: Lab;

beforeAll(async () => {
  profile = await launchWebDriver('chromium');
});
afterAll(() => profile?.close());

beforeEach(async () => {
  lab = await Lab.start();
});
afterEach(() => lab.stop());

// Driven by WebDriver, of all tabs only the one that was asked last is visible.
test.each([
  { leader: 'visible', shown: 0 },
  { leader: 'hidden', shown: 1 },
])('hidden tabs of a $leader leader hear all in few messages', async ({ leader, shown }) => {
  const probes: Probe[] = [];
  for (let n = 0; n < 4; n += 1) probes.push(await open());
  const tab = (n: number): Tab => probes[n]!.tab;
  await tab(shown).run('');
  await until('one visible tab', async () => {
    const roster = await probes[shown]!.run<number>(
      'return socket.io.tabs.getSnapshot().visibleTabs',
    );
    return roster === 1;
  });

  for (const n of NUMBERS) {
    lab.io.emit('n', n, Date.now());
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  // The next look shows the tab that it asks.
  await tab(shown).run('await window.all');

  for (const n of [3, 2, 1, 0]) {
    const heard = await tab(n).run<{
      numbers: number[];
      late: number[];
      posts: number;
      states: string[];
    }>(`await window.all;
      return { numbers: heard.numbers, late: heard.late, posts: posts.length, states: heard.states }`);
    expect(heard.numbers).toEqual(NUMBERS);
    const late = heard.late.sort((a, b) => a - b);
    console.log(
      `${leader} leader, tab ${n}: ${heard.posts} messages for ${EVENTS} events, ` +
        `late by ${late[EVENTS / 2]} ms, at most ${late.at(-1)} ms`,
    );
    if (n === shown) continue;
    // The last may have come when the tab was shown to be asked.
    expect(new Set(heard.states.slice(0, -20))).toEqual(new Set(['hidden']));
    expect(heard.posts).toBeLessThan(EVENTS / 3);
  }
});

async function open(): Promise<Probe> {
  const tab = await profile.open(lab.url);
  await tab.run(`
    window.posts = [];
    const add = BroadcastChannel.prototype.addEventListener;
    BroadcastChannel.prototype.addEventListener = function (type, listener, options) {
      add.call(this, type, listener, options);
      add.call(this, type, () => window.posts.push(type));
    };`);
  const probe = await Probe.open(tab, lab.url, { io: SHARED });
  await probe.run(
    `window.heard = { numbers: [], late: [], states: [] };
    window.all = new Promise((resolve) => {
      socket.on('n', (n, sent) => {
        heard.numbers.push(n);
        heard.late.push(Date.now() - sent);
        heard.states.push(document.visibilityState);
        if (heard.numbers.length === args[0]) resolve();
      });
    });`,
    EVENTS,
  );
  await until('connected', () => probe.run('return socket.connected'));
  return probe;
}
