import type { Manager } from '../socket/manager.js';

/** A change of the tab that holds the connection, as this tab saw it. */
export interface Handover {
  /** In milliseconds since the epoch. */
  readonly at: number;
  /** `null`: this tab knew of none before. */
  readonly from: string | null;
  readonly to: string;
  readonly term: number;
  /** How long this tab knew of no leader, in milliseconds. */
  readonly gapMs: number;
}

/** Calls `told` for each handover from now on, until the returned function is called. */
export function watchHandovers(
  { tabs }: Pick<Manager, 'tabs'>,
  told: (handover: Handover) => void,
): () => void {
  let { leaderId: from } = tabs.getSnapshot();
  let leaderless = from === null ? performance.now() : undefined;
  return tabs.subscribe(() => {
    const { leaderId, term } = tabs.getSnapshot();
    const now = performance.now();
    if (leaderId === null) {
      leaderless ??= now;
    } else if (leaderId !== from) {
      told({ at: Date.now(), from, to: leaderId, term, gapMs: now - (leaderless ?? now) });
      from = leaderId;
    }
    if (leaderId !== null) leaderless = undefined;
  });
}
