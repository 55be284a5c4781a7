import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { chromiumProfile, launchChromium } from './chromium.js';
import { Lab } from './lab.js';
import { FAST, Probe, SHARED } from './probe.js';
import { RawPeer } from './raw-peer.js';
import type { Profile, Tab } from './tab.js';

/** How tabs reach a server, for `describe.each`. */
export const SHARINGS = [
  { where: 'a tab of its own', count: 1 },
  { where: 'leader and follower', count: 2 },
];

/** Chromium and a page for all tests of a file, and for each test a raw peer of its own. */
export class RawStage {
  peer!: RawPeer;
  #browser!: Browser;
  #page!: Lab;

  /** To be called where the tests are defined. */
  static use(): RawStage {
    const stage = new RawStage();
    beforeAll(async () => {
      stage.#browser = await launchChromium();
      stage.#page = await Lab.start();
    });
    beforeEach(async () => void (stage.peer = await RawPeer.start()));
    afterEach(() => stage.peer.stop());
    afterAll(async () => {
      await stage.#browser?.close();
      await stage.#page?.stop();
    });
    return stage;
  }

  /** Tabs of a new profile, on the page. */
  async openTabs(count: number): Promise<{ profile: Profile; tabs: Tab[] }> {
    const profile = await chromiumProfile(this.#browser);
    const tabs: Tab[] = [];
    while (tabs.length < count) tabs.push(await profile.open(this.#page.url));
    return { profile, tabs };
  }

  /** A socket to the peer in each tab; several tabs share a connection. */
  async openProbes(
    tabs: readonly Tab[],
    ready: (probe: Probe) => Promise<void> = async () => undefined,
  ): Promise<Probe[]> {
    const probes: Probe[] = [];
    for (const tab of tabs) {
      const io = tabs.length > 1 ? SHARED : FAST;
      const probe = await Probe.open(tab, this.peer.url, { io });
      await ready(probe);
      probes.push(probe);
    }
    return probes;
  }
}
