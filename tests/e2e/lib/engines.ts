import { chromiumProfile, launchChromium } from './chromium.js';
import type { Profile } from './tab.js';
import { launchWebDriver } from './webdriver.js';

/** The three engines. */
export const ENGINES = ['chromium', 'firefox', 'webkit'] as const;

/** Starts an engine with a fresh profile; closing the profile ends the engine. */
export async function launch(engine: (typeof ENGINES)[number]): Promise<Profile> {
  if (engine !== 'chromium') return launchWebDriver(engine);
  const browser = await launchChromium();
  const profile = await chromiumProfile(browser);
  return { open: (url) => profile.open(url), close: () => browser.close() };
}
