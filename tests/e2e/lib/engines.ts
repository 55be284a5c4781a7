import { chromiumProfile, launchChromium } from './chromium.js';
import type { Profile } from './tab.js';
import { launchWebDriver } from './webdriver.js';

/** A browser that tests run in. */
export type EngineName = 'chromium' | 'firefox' | 'webkit';

/** All of them. */
export const ENGINES: readonly EngineName[] = ['chromium', 'firefox', 'webkit'];

/** Starts a browser with a fresh profile. */
export async function launch(name: EngineName): Promise<Profile> {
  if (name !== 'chromium') return launchWebDriver(name);
  const browser = await launchChromium();
  const profile = await chromiumProfile(browser);
  return {
    open: (url) => profile.open(url),
    close: () => browser.close(),
  };
}
