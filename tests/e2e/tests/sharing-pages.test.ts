import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ChromiumTab, chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { Probe, SHARED } from '../lib/probe.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';
import { launchWebDriver, type WebDriverTab } from '../lib/webdriver.js';

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.start();
});
afterEach(() => lab.stop());

interface Place {
  readonly role: string;
  readonly count: number;
  readonly term: number;
}

const place = (probe: Probe): Promise<Place> =>
  probe.run(
    'const { role, count, term } = socket.io.tabs.getSnapshot(); return { role, count, term };',
  );

/** Tabs with a shared socket, the leader first; all know of all. */
async function openTabs(profile: Profile, count: number): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (let index = 0; index < count; index += 1) {
    const tab = await profile.open(lab.url);
    probes.push(await Probe.open(tab, lab.url, { io: SHARED, listen: ['n'] }));
  }
  for (const probe of probes) {
    await probe.untilConnected();
    await untilEqual('tabs', async () => (await place(probe)).count, count);
  }
  expect((await place(probes[0]!)).role).toBe('leader');
  return probes;
}

describe('chromium', () => {
  let browser: Browser;
  let profile: Profile<ChromiumTab>;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    profile = await chromiumProfile(browser);
  });
  afterEach(() => profile.close());

  test('a download that the leader starts does not take the lead from it', async () => {
    const [leader, follower] = await openTabs(profile, 2);
    const before = await place(leader!);
    lab.pageHeaders = { 'content-disposition': 'attachment; filename="report.html"' };

    await leader!.run(
      `window.leaving = 0;
       addEventListener('beforeunload', () => window.leaving++);
       const link = document.createElement('a');
       link.href = '/?report';
       document.body.append(link);
       link.click();`,
    );
    await untilEqual('the start of the download', () => leader!.run('return leaving'), 1);
    lab.io.emit('n', 1);

    await follower!.untilNoted([['connect'], ['n', 1]]);
    await leader!.untilNoted([['connect'], ['n', 1]]);
    expect(await place(leader!)).toEqual(before);
    expect(lab.connections).toBe(1);
  });

  test('fifty tabs that open at once make one connection', async () => {
    let opened = 0;
    lab.io.engine.on('connection', () => (opened += 1));
    const config = { traffic: 'socket', url: lab.url, scope: 'user', options: {} };
    const hash = encodeURIComponent(JSON.stringify({ count: 10, config }));

    const tabs = await Promise.all(
      Array.from({ length: 5 }, () => profile.open(`${lab.url}/pages/many.html#${hash}`)),
    );

    const states = `return Array.from(frames).map((frame) => frame.rounds?.state ?? {})`;
    await until(
      'fifty tabs on one connection',
      async () => {
        const all = (await Promise.all(tabs.map((tab) => tab.run<Place[]>(states)))).flat();
        return (
          all.length === 50 &&
          all.every((state) => state.count === 50 && 'connected' in state && state.connected) &&
          all.filter(({ role }) => role === 'leader').length === 1
        );
      },
      60_000,
    );
    expect(opened).toBe(1);
  });
});

describe('chromium, with hidden tabs', () => {
  let profile: Profile;
  beforeAll(async () => void (profile = await launchWebDriver('chromium')));
  afterAll(() => profile?.close());

  test.each(['leader', 'follower'])(
    'the back/forward cache takes the page of a %s',
    async (who) => {
      const probes = await openTabs(profile, 3);
      const probe = probes[who === 'leader' ? 0 : 1]!;
      const { tab } = probe;
      await tab.run(`addEventListener('pageshow', (event) => (window.restored = event.persisted))`);

      await tab.goto(`${lab.url}/pages/away.html`);
      const others = probes.filter((other) => other !== probe);
      for (const other of others) {
        await untilEqual('tabs', async () => (await place(other)).count, 2);
        await other.untilConnected();
      }
      lab.io.emit('n', 1);
      for (const other of others) await other.untilCount('n', 1);
      await tab.back();

      expect(await tab.run('return window.restored')).toBe(true);
      for (const each of probes) {
        await untilEqual('tabs', async () => (await place(each)).count, 3);
        await each.untilConnected();
      }
      lab.io.emit('n', 2);
      for (const each of probes) {
        await until('the event', async () => (await each.notesOf('n')).at(-1)?.[1] === 2);
      }
      expect(lab.connections).toBe(1);
    },
  );

  test('a flood of events reaches all tabs in order while one is frozen, and nobody hoards it', async () => {
    const COUNT = 60_000;
    const PER_MS = 20;
    const MAX_GROWTH = 40 * 2 ** 20;
    const text = 'x'.repeat(150);
    const [leader, follower, frozen] = await openTabs(profile, 3);
    for (const probe of [leader!, follower!, frozen!]) {
      await probe.run(
        `window.heard = { count: 0, last: 0, disordered: 0 };
         socket.off('n');
         socket.on('n', (n) => {
           if (n <= heard.last) heard.disordered++;
           heard.count++;
           heard.last = n;
         });`,
      );
    }
    const before = await memory(leader!.tab);
    await (frozen!.tab as WebDriverTab).setFrozen(true);

    let sent = 0;
    const begun = performance.now();
    await until('all sent', async () => {
      const due = Math.min(COUNT, (performance.now() - begun) * PER_MS);
      while (sent < due) lab.io.emit('n', (sent += 1), text);
      return sent === COUNT;
    });
    for (const probe of [leader!, follower!]) {
      await untilEqual('events', () => probe.run('return heard'), {
        count: COUNT,
        last: COUNT,
        disordered: 0,
      });
    }
    const after = await memory(leader!.tab);
    await (frozen!.tab as WebDriverTab).setFrozen(false);
    lab.io.emit('n', COUNT + 1, text);

    await untilEqual('events of the tab that froze', () => frozen!.run('return heard'), {
      count: COUNT + 1,
      last: COUNT + 1,
      disordered: 0,
    });
    expect(after - before).toBeLessThan(MAX_GROWTH);
    expect((await memory(frozen!.tab)) - before).toBeLessThan(MAX_GROWTH);
    expect(lab.connections).toBe(1);
  });
});

/** Bytes that the scripts of a page hold, wasm included. */
async function memory(tab: Tab): Promise<number> {
  await (tab as WebDriverTab).collectGarbage();
  return tab.run('return performance.memory.usedJSHeapSize');
}
