import { chromiumProfile, launchChromium } from '../chromium.js';
import { Lab } from '../lab.js';
import type { Profile, Tab } from '../tab.js';
import { until } from '../until.js';
import { launchWebDriver } from '../webdriver.js';
import type { TabReport } from './verdict.js';

/**
 * A browser, and how its tabs are opened.
 *
 * In `chromium` every tab counts as visible; in `chromium-tabs`, as in the others, one does.
 */
export type Engine = 'chromium' | 'chromium-tabs' | 'firefox' | 'webkit';

const TABS = 5;

/** Who has which part in a round. */
export interface Cast {
  readonly leader: Tab;
  readonly others: readonly Tab[];
}

interface TabState {
  readonly connected: boolean;
  readonly role?: string;
  readonly count?: number;
}

/** A browser with the tabs that take part in rounds, and the server that their pages come from. */
export class Stage {
  tabs: Tab[] = [];
  #opened = 0;
  #rounds = 0;
  readonly #names = new Map<Tab, string>();

  private constructor(
    private readonly lab: Lab,
    private readonly profile: Profile,
    private readonly closeBrowser: () => Promise<void>,
  ) {}

  static async open(engine: Engine): Promise<Stage> {
    const lab = await Lab.start();
    if (engine !== 'chromium') {
      const profile = await launchWebDriver(engine === 'chromium-tabs' ? 'chromium' : engine);
      return new Stage(lab, profile, () => profile.close());
    }
    const browser = await launchChromium();
    return new Stage(lab, await chromiumProfile(browser), () => browser.close());
  }

  /** Has all tabs take part in a new round, and waits until one leads and all are connected. */
  async begin(config: Record<string, unknown>): Promise<Cast> {
    this.#rounds += 1;
    while (this.tabs.length < TABS) {
      const tab = await this.profile.open(this.url('away.html'));
      this.#names.set(tab, `tab-${(this.#opened += 1)}`);
      this.tabs.push(tab);
    }
    for (const tab of this.tabs) {
      const hash = encodeURIComponent(JSON.stringify({ ...config, tab: this.nameOf(tab) }));
      // Without the number a new hash would not be a new page.
      await tab.goto(this.url(`rounds.html?${this.#rounds}#${hash}`));
    }
    return this.settled();
  }

  /** Waits until all tabs are connected over one leader. */
  settled(): Promise<Cast> {
    return until('one connection for all tabs', async () => {
      const states: TabState[] = [];
      for (const tab of this.tabs)
        states.push(await tab.run<TabState>('return window.rounds?.state ?? {}'));
      const leaders = this.tabs.filter((_, index) => states[index]?.role === 'leader');
      const agreed = states.every(({ connected, count }) => connected && count === states.length);
      const [leader] = leaders;
      if (leader === undefined || leaders.length > 1 || !agreed) {
        throw new Error(JSON.stringify(states));
      }
      return { leader, others: this.tabs.filter((tab) => tab !== leader) };
    });
  }

  nameOf(tab: Tab): string {
    return this.#names.get(tab) ?? '';
  }

  report(tab: Tab): Promise<TabReport> {
    return tab.run('return { ...rounds.record, rows: rounds.rows }');
  }

  /** Takes a tab whose page is gone from the stage. */
  remove(tab: Tab): void {
    this.tabs = this.tabs.filter((other) => other !== tab);
  }

  /** Opens another page in `tab`. */
  async leave(tab: Tab): Promise<void> {
    await tab.goto(this.url('away.html'));
  }

  private url(page: string): string {
    return `${this.lab.url}/pages/${page}`;
  }

  async close(): Promise<void> {
    await this.closeBrowser();
    await this.lab.stop();
  }
}
