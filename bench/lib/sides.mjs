import { Side } from './side.mjs';

/**
 * Runs `body` with tabcast and the peer started, and stops them.
 *
 * @param {{ floor?: boolean, window?: boolean, rtt?: number }} options whether the browser's bare
 *   channels are measured too; whether one tab is visible and the others are hidden, not all visible;
 *   the rest is for the servers
 */
export async function withSides(browser, { floor = false, ...options }, body) {
  const names = ['tabcast', 'peer', ...(floor ? ['floor'] : [])];
  const sides = [];
  try {
    for (const name of names) sides.push(await Side.start(name, browser, options));
    await body(sides);
  } finally {
    for (const side of sides) await side.stop();
  }
}

/** Runs `body` for each side, `rounds` times, every round with another one first. */
export async function alternate(sides, rounds, body) {
  for (let round = 0; round < rounds; round++) {
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) await body(side, round);
  }
}
