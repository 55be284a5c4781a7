import { afterAll, beforeAll } from 'vitest';
import { launch, type EngineName } from './engines.js';
import { Lab } from './lab.js';
import type { Profile, Tab } from './tab.js';
import { until } from './until.js';

/** A lab, and one page of it in a browser, for all tests of a group. */
export class LabPage {
  lab!: Lab;
  profile!: Profile;
  tab!: Tab;

  /** To be called where the tests are defined. */
  static use(engine: EngineName): LabPage {
    const page = new LabPage();
    beforeAll(async () => {
      page.lab = await Lab.start();
      page.profile = await launch(engine);
      page.tab = await page.profile.open(page.lab.url);
      await until('tabcast', () => page.tab.run(`return 'tabcast' in window`));
    });
    afterAll(async () => {
      await page.profile?.close();
      await page.lab?.stop();
    });
    return page;
  }
}
