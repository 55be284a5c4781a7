import { ENVELOPE, randomTab, type EnvelopeHead, type Verdict } from '../delivery/envelope.js';
import { DeliveryUnknown, TabcastError } from '../errors.js';

/**
 * How often an event may be carried out if the connection, or the tab that holds it, is lost.
 *
 * - `at-most-once`: it is sent once, as Socket.IO does. If nobody can tell whether it arrived, it
 *   fails with {@link DeliveryUnknown}.
 * - `at-least-once`: it is sent again over every new connection until it is acknowledged. An event
 *   without an acknowledgement counts as delivered when it is handed to the connection.
 * - `exactly-once`: sent again as well, under the same id, to a server that recognises it
 *   (`tabcast/server`). What such a server may have forgotten fails with {@link DeliveryUnknown};
 *   a server without it gets nothing, and the event fails with `unsupported`.
 */
export type Delivery = 'at-most-once' | 'at-least-once' | 'exactly-once';

/** By which number the core knows it. */
export const DELIVERY_NUMBERS: { readonly [Name in Delivery]: number } = {
  'at-most-once': 0,
  'at-least-once': 1,
  'exactly-once': 2,
};

/** Numbers the events of one Socket that are to be carried out exactly once. */
export class Numbered {
  #tab: string | undefined;
  #next = 0;
  /** Not answered and not given up, lowest first. */
  readonly #open = new Set<number>();
  readonly #byId = new Map<number, number>();
  /** The event that was tried last; nothing else is sent before it is done with. */
  #tried: { readonly key: number; readonly n: number } | undefined;

  /** The next event, in its envelope; or the one before once more, if `retried` is the same. */
  wrap(id: number, data: readonly unknown[], ack: boolean, retried?: number): unknown[] {
    const n = this.#tried && this.#tried.key === retried ? this.#tried.n : this.#next++;
    if (retried !== undefined) this.#tried = { key: retried, n };
    this.#open.add(n);
    this.#byId.set(id, n);
    const [from = n] = this.#open;
    const head: EnvelopeHead = { tab: (this.#tab ??= randomTab()), n, from, ack };
    return [ENVELOPE, head, ...data];
  }

  /** Nothing more will be heard of an event. Says whether it was one of these. */
  settle(id: number): boolean {
    const n = this.#byId.get(id);
    if (n === undefined) return false;
    this.#byId.delete(id);
    this.#open.delete(n);
    return true;
  }
}

/** The error for what the server says in place of an answer; none if it carried out the event. */
export function verdictError(verdict: unknown): TabcastError | undefined {
  const known = verdict as Verdict;
  if (known === 'ok') return undefined;
  return known === 'busy'
    ? new TabcastError('rate_limited', 'unable to deliver the event; the server is busy')
    : new DeliveryUnknown('delivery_unknown', 'unable to tell the answer; it was lost');
}
