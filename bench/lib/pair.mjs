import { Side } from './side.mjs';

/** Runs `body` with both sides started, and stops them. */
export async function withPair(browser, body) {
  const tabcast = await Side.start('tabcast', browser);
  const peer = await Side.start('peer', browser);
  try {
    await body({ tabcast, peer });
  } finally {
    await tabcast.stop();
    await peer.stop();
  }
}

/** Runs `body` for each side, `rounds` times, now one first and now the other. */
export async function alternate({ tabcast, peer }, rounds, body) {
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [tabcast, peer] : [peer, tabcast];
    for (const side of order) await body(side, round);
  }
}
