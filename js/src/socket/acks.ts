import type { AckFailure } from '../core/connection.js';
import { reportUncaught, TabcastError } from '../errors.js';

/** Somebody waits for an answer. */
export interface PendingAck {
  /** Gets the values of the answer; behind an error or `null` if `withError` is set. */
  readonly callback: (...args: unknown[]) => void;
  readonly withError: boolean;
}

/** The acknowledgements that a Socket waits for, by the id of their event. */
export class Acks {
  readonly #pending = new Map<number, PendingAck>();

  add(id: number, ack: PendingAck): void {
    this.#pending.set(id, ack);
  }

  has(id: number): boolean {
    return this.#pending.has(id);
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

  /** Fails everything that can be told so, and forgets it; the rest goes on waiting. */
  failAll(error: TabcastError): void {
    for (const [id, ack] of [...this.#pending]) if (ack.withError) this.fail(id, error);
  }

  #take(id: number): PendingAck | undefined {
    const ack = this.#pending.get(id);
    this.#pending.delete(id);
    return ack;
  }
}

/** The error for a reason that the core gives. */
export function ackError(why: AckFailure): TabcastError {
  switch (why) {
    case 'timeout':
      return new TabcastError('timeout', 'operation has timed out');
    case 'disconnected':
      return new TabcastError('disconnected', 'socket has been disconnected');
    case 'unknown':
      return new TabcastError(
        'tab_lost',
        'unable to tell whether the event was delivered; the tab with the connection is gone',
      );
    case 'full':
      return new TabcastError('unavailable', 'unable to send the event; the buffer is full');
  }
}

function call(ack: PendingAck, args: readonly unknown[]): void {
  try {
    ack.callback(...args);
  } catch (error) {
    reportUncaught(error);
  }
}
