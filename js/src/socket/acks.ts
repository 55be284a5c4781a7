import type { AckFailure } from '../core/connection.js';
import { DeliveryUnknown, reportUncaught, TabcastError, type TabcastErrorCode } from '../errors.js';

/** Somebody waits for an answer. */
export interface PendingAck {
  /** Gets the values of the answer; behind an error or `null` if `withError` is set. */
  readonly callback: (...args: unknown[]) => void;
  readonly withError: boolean;
  /** Only that the event has arrived is of interest: no listener of the server has to answer. */
  readonly isReceipt?: boolean;
}

/** The acknowledgements that a Socket waits for, by the id of their event. */
export class Acks {
  readonly #pending = new Map<number, Entry>();

  /** @param release is called when the waiting is over */
  add(id: number, ack: PendingAck, release?: () => void): void {
    this.#pending.set(id, { ack, release });
  }

  has(id: number): boolean {
    return this.#pending.has(id);
  }

  /** Ends the waiting without a word. */
  forget(id: number): void {
    this.#take(id);
  }

  /** Hands over the values of an answer. */
  resolve(id: number, values: readonly unknown[]): void {
    const ack = this.#take(id);
    if (ack) call(ack, ack.withError ? [null, ...values] : values);
  }

  /** Ends the waiting. Callbacks that take no error are dropped, as upstream. */
  fail(id: number, error: TabcastError): void {
    const ack = this.#take(id);
    if (ack?.withError) call(ack, [error]);
  }

  /** The callbacks by the ids of their events, beginning with `first`. */
  open(first: number): Readonly<Record<number, unknown>> {
    const open = [...this.#pending].filter(([id]) => id >= first);
    return Object.fromEntries(open.map(([id, { ack }]) => [id, ack.callback]));
  }

  /** The events whose callbacks can be told that no answer will come. */
  fallible(): number[] {
    return [...this.#pending].filter(([, { ack }]) => ack.withError).map(([id]) => id);
  }

  #take(id: number): PendingAck | undefined {
    const entry = this.#pending.get(id);
    this.#pending.delete(id);
    entry?.release?.();
    return entry?.ack;
  }
}

interface Entry {
  readonly ack: PendingAck;
  readonly release: (() => void) | undefined;
}

/** The error for a reason that the core gives. */
export function ackError(why: AckFailure, mayHaveArrived: boolean): TabcastError {
  const [code, message] = ACK_ERRORS[why];
  return new (mayHaveArrived ? DeliveryUnknown : TabcastError)(code, message);
}

/** The error of an event that the app does not want to wait for any more. */
export function abortError(cause: unknown, mayHaveArrived: boolean): TabcastError {
  const message = 'operation has been aborted';
  return new (mayHaveArrived ? DeliveryUnknown : TabcastError)('aborted', message, { cause });
}

/** The texts are those of upstream, where it has one. */
const ACK_ERRORS: { readonly [Why in AckFailure]: readonly [TabcastErrorCode, string] } = {
  timeout: ['timeout', 'operation has timed out'],
  disconnected: ['disconnected', 'socket has been disconnected'],
  unknown: [
    'delivery_unknown',
    'unable to tell whether the event was delivered; who could tell is gone',
  ],
  full: ['buffer_full', 'unable to send the event; the buffer is full'],
  logged_out: ['logged_out', 'unable to send the event; the user logged out'],
  unsupported: [
    'unsupported',
    'unable to deliver exactly once; the server does not use tabcast/server',
  ],
};

function call(ack: PendingAck, args: readonly unknown[]): void {
  try {
    ack.callback(...args);
  } catch (error) {
    reportUncaught(error);
  }
}
