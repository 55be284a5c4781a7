import { execFileSync } from 'node:child_process';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type CDPSession,
  type Page,
} from 'playwright-core';
import type { Profile, Tab } from './tab.js';

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A tab that no other tab opened gets a process of its own, as with many tabs of a person.
  '--process-per-tab',
];

/** Debian's Chromium, headless. Playwright switches its back/forward cache off. */
export async function launchChromium(flags: string[] = []): Promise<Browser> {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

export class ChromiumTab implements Tab {
  private constructor(
    readonly page: Page,
    private readonly cdp: CDPSession,
  ) {}

  static async in(context: BrowserContext): Promise<ChromiumTab> {
    const page = await context.newPage();
    return new ChromiumTab(page, await context.newCDPSession(page));
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  run<T>(body: string, ...args: unknown[]): Promise<T> {
    const call = `async (args) => { ${body} }`;
    return this.page.evaluate(`(${call})(${JSON.stringify(args)})`) as Promise<T>;
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  async back(): Promise<void> {
    await this.page.goBack();
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  /** Ends the renderer as a crash does: no handler of the page runs. */
  async crash(): Promise<void> {
    const crashed = new Promise((resolve) => this.page.once('crash', resolve));
    // The command itself gets no answer from a process that is gone.
    void this.cdp.send('Page.crash').catch(() => undefined);
    await crashed;
  }
}

/** A profile of its own in `browser`; `init` runs in every page before the page's scripts. */
export async function chromiumProfile(
  browser: Browser,
  init?: string,
): Promise<Profile<ChromiumTab> & { readonly context: BrowserContext }> {
  const context = await browser.newContext();
  if (init !== undefined) await context.addInitScript(init);
  return {
    context,
    async open(url) {
      const tab = await ChromiumTab.in(context);
      await tab.goto(url);
      return tab;
    },
    close: () => context.close(),
  };
}
