import { Tab } from '../lib/tab.mjs';

const MOST_TABS = 8;
const PAUSE_MS = [500, 3500];
const FROZEN_MS = 3000;

/**
 * Opens, closes, kills, reloads and freezes tabs at random. Those of the side survive it all, but they
 * are deposed now and then: a tab that leads for ever would never see a handover.
 */
export class Storm {
  /** What was done, by kind. */
  counts = {};
  #others = [];
  #running = true;

  constructor(side, random) {
    this.side = side;
    this.random = random;
  }

  async run() {
    while (this.#running) {
      await this.#act();
      const [least, most] = PAUSE_MS;
      await new Promise((resolve) => setTimeout(resolve, least + this.random() * (most - least)));
    }
    await Promise.all(this.#others.splice(0).map((tab) => tab.close()));
  }

  stop() {
    this.#running = false;
  }

  async #act() {
    const room = MOST_TABS - this.side.tabs.length - this.#others.length;
    const kinds = this.#others.length === 0 || (room > 0 && this.random() < 0.5) ? ['open'] : KINDS;
    const kind = kinds[Math.floor(this.random() * kinds.length)];
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (kind === 'open') {
      this.#others.push(await Tab.open(this.side.context, this.side.url));
      return;
    }
    if (kind === 'depose') return this.#depose();
    const index = Math.floor(this.random() * this.#others.length);
    await DEEDS[kind](this.#others[index]);
    if (GOES.has(kind)) this.#others.splice(index, 1);
  }

  /** Freezes the survivor that leads, if one does: a page that is frozen leads no more. */
  async #depose() {
    for (const tab of this.side.tabs) {
      const { role } = await tab.get('state');
      if (role === 'leader') return DEEDS.freeze(tab);
    }
  }
}

const DEEDS = {
  close: (tab) => tab.close(),
  kill: async (tab) => {
    const crashed = new Promise((resolve) => tab.page.once('crash', resolve));
    tab.crash();
    await crashed;
    await tab.close();
  },
  reload: (tab) => tab.page.reload(),
  // By its events: the browser does not freeze a page that is driven, for such a page is never hidden.
  freeze: async (tab) => {
    await lifeEvent(tab, 'freeze');
    await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
    await lifeEvent(tab, 'resume');
  },
};
const lifeEvent = (tab, name) =>
  tab.page.evaluate((type) => document.dispatchEvent(new Event(type)), name);

const KINDS = [...Object.keys(DEEDS), 'depose'];
const GOES = new Set(['close', 'kill']);
