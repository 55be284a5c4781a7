/**
 * The envelope of an event that is to be carried out exactly once: an event of its own name, so
 * that a server which does not know it runs no listener, and never one with strange arguments.
 *
 * ```text
 * ["tabcast:emit", {"tab": "5d0…", "n": 12, "from": 9, "ack": true}, "order", …args]
 * ```
 *
 * Each is acknowledged, with a {@link Verdict} before the values of the app's acknowledgement.
 */

/** Name of the event that carries the app's own. */
export const ENVELOPE = 'tabcast:emit';

/** Identity of an event: the same each time that it is sent. */
export interface EnvelopeHead {
  /** Who made it, as a random number of 128 bits: a Socket in a page. */
  readonly tab: string;
  /** Which of its events, counted from 0. */
  readonly n: number;
  /** All before this are done with, as far as the tab is concerned. */
  readonly from: number;
  /** Whether the app wants the acknowledgement; the tab always does. */
  readonly ack: boolean;
}

/**
 * What became of the event: it was carried out (`ok`); it never was (`busy`: too much is going on);
 * the tab had given it up (`past`); nobody can tell, or the answer is not known any more (`lost`).
 */
export type Verdict = 'ok' | 'lost' | 'past' | 'busy';

/** What a peer sent as the head, if it is one. */
export function readHead(value: unknown): EnvelopeHead | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { tab, n, from, ack } = value as Partial<Record<keyof EnvelopeHead, unknown>>;
  if (typeof tab !== 'string' || !TAB.test(tab) || typeof ack !== 'boolean') return undefined;
  if (!isCount(n) || !isCount(from) || from > n) return undefined;
  return { tab, n, from, ack };
}

/** A name for a tab that nobody can guess. */
export function randomTab(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const TAB = /^[0-9a-f]{32}$/;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
