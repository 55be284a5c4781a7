import { reportUncaught } from '../errors.js';
import type { Flags } from './outbox.js';

/** An event that is sent until it is acknowledged, or given up. */
export interface QueuedEvent {
  /** Stays the same over all tries: what a server can tell repetitions by belongs to it. */
  readonly id: number;
  readonly event: string | symbol;
  readonly values: readonly unknown[];
  readonly flags: Flags;
  /** Called once: with an error, or with `null` and the values of the acknowledgement. */
  readonly settled: Answered | undefined;
}

/** Hears of an acknowledgement as a callback behind `timeout()` does. */
export type Answered = (error: unknown, ...values: unknown[]) => void;

type Send = (queued: QueuedEvent, answered: Answered) => void;

/**
 * The queue behind the option `retries`: one event at a time, in order, each sent again when its
 * acknowledgement fails.
 *
 * Unlike upstream the answer counts as one even if no timeout was given: an event whose
 * acknowledgement has come is not sent again.
 */
export class RetryQueue {
  readonly #retries: number;
  readonly #isConnected: () => boolean;
  readonly #send: Send;
  readonly #events: QueuedEvent[] = [];
  #nextId = 0;
  /** How often the first one was sent. */
  #tries = 0;
  #isPending = false;

  /** @param retries how often an event is sent again */
  constructor(retries: number, isConnected: () => boolean, send: Send) {
    this.#retries = retries;
    this.#isConnected = isConnected;
    this.#send = send;
  }

  get length(): number {
    return this.#events.length;
  }

  /**
   * Takes in an event; it is sent when those before it are done.
   *
   * @throws what sending it throws, if it is its turn at once; it is not taken in then
   */
  add(event: Omit<QueuedEvent, 'id'>): void {
    const length = this.#events.push({ ...event, id: this.#nextId++ });
    if (length === 1 && this.#isConnected()) this.#try();
  }

  /** Sends the first event again, although its answer is awaited: that went with the connection. */
  resume(): void {
    // That of another delivery is sent again by the core.
    if (this.#events[0]?.flags.delivery === 'at-most-once') this.#isPending = false;
    this.#drain();
  }

  #drain(): void {
    while (this.#isConnected() && this.#events[0] && !this.#isPending) {
      const { settled } = this.#events[0];
      try {
        this.#try();
      } catch (error) {
        if (settled) settled(error);
        else reportUncaught(error);
      }
    }
  }

  #try(): void {
    const [first] = this.#events;
    if (!first) return;
    this.#isPending = true;
    const attempt = ++this.#tries;
    try {
      this.#send(first, (error, ...values) => this.#onAnswered(first, attempt, error, values));
    } catch (error) {
      // What cannot be encoded now cannot be encoded later, and would hold up all the others.
      this.#shift();
      throw error;
    }
  }

  #onAnswered(event: QueuedEvent, attempt: number, error: unknown, values: unknown[]): void {
    if (event !== this.#events[0] || attempt !== this.#tries) return;
    this.#isPending = false;
    if (!error || this.#tries > this.#retries) {
      this.#shift();
      event.settled?.(error, ...values);
    }
    this.#drain();
  }

  #shift(): void {
    this.#events.shift();
    this.#tries = 0;
    this.#isPending = false;
  }
}
