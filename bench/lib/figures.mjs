import { percentile, summary } from './statistics.mjs';

/** Collects samples by figure and side. */
export class Figures {
  #figures = new Map();

  /** Names a figure, in the order of the table; `better` says which way is good. */
  declare(name, unit, { better = 'lower' } = {}) {
    this.#figures.set(name, { name, unit, better, samples: {} });
  }

  /** Adds samples of `side`: `tabcast`, `peer` or `floor`. */
  add(name, side, samples) {
    const { samples: all } = this.#figures.get(name);
    (all[side] ??= []).push(...[samples].flat());
  }

  /** All figures that have samples, summed up. */
  results() {
    return [...this.#figures.values()]
      .filter(({ samples }) => Object.keys(samples).length > 0)
      .map(({ samples, ...figure }) => ({ ...figure, ...summarized(samples), samples }));
  }
}

function summarized({ tabcast, peer, floor }) {
  const ratio = (share) =>
    tabcast && peer ? percentile(tabcast, share) / percentile(peer, share) : undefined;
  return {
    tabcast: tabcast && summary(tabcast),
    peer: peer && summary(peer),
    floor: floor && summary(floor),
    ratio: { p50: ratio(0.5), p95: ratio(0.95) },
  };
}
