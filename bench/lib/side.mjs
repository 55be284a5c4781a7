import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePages } from './bundle.mjs';
import { ServerProcess } from './server-process.mjs';
import { Tab } from './tab.mjs';
import { until } from './until.mjs';
import { Window } from './window.mjs';

/** One of those that are compared: its server, its browser profile, its tabs. */
export class Side {
  /** @param window whether one tab is visible and the others are hidden, not all visible */
  static async start(name, browser, { window = false, ...options } = {}) {
    const side = new Side();
    side.name = name;
    side.browser = browser;
    side.folder = await mkdtemp(join(tmpdir(), 'tabcast-bench-'));
    await bundlePages(name, side.folder);
    side.server = await ServerProcess.start({ folder: side.folder, ...options });
    side.context = await (window ? Window.open(browser) : browser.newContext());
    side.tabs = [];
    return side;
  }

  /** Opens a tab at `path`; it is in `tabs`. */
  async open(path = '/') {
    const tab = await Tab.open(this.context, `${this.server.url}${path}`);
    this.tabs.push(tab);
    return tab;
  }

  /** Opens tabs until there are `count`, and waits until all are connected. */
  async connectTabs(count, { shared = true } = {}) {
    while (this.tabs.length < count) {
      const tab = await this.open();
      await tab.call('connect', { shared });
      await tab.untilConnected();
    }
    if (this.name === 'tabcast' && shared) {
      await until('one leader', async () => {
        const states = await Promise.all(this.tabs.map((tab) => tab.get('state')));
        const leaders = states.filter(({ role }) => role === 'leader');
        return leaders.length === 1 && states.every(({ tabs }) => tabs === count);
      });
    }
  }

  /** The tab with the connection, and the others. */
  async roles() {
    // The bare channels have no election: the first tab opened holds the connection.
    if (this.name === 'floor') return { leader: this.tabs[0], followers: this.tabs.slice(1) };
    const states = await Promise.all(this.tabs.map((tab) => tab.get('state')));
    const at = states.findIndex(({ role }) => role === 'leader');
    return { leader: this.tabs[at], followers: this.tabs.filter((_, index) => index !== at) };
  }

  /** Forgets what the tabs have received. */
  async clear() {
    await Promise.all(this.tabs.map((tab) => tab.call('take')));
  }

  async closeTabs() {
    await Promise.all(this.tabs.splice(0).map((tab) => tab.close()));
  }

  async stop() {
    await this.context.close();
    this.server.stop();
    await rm(this.folder, { recursive: true });
  }
}
