import { reportUncaught } from '../errors.js';

/** Handlers of one kind. One that throws is reported and keeps nobody else from being called. */
export class Listeners<Value> {
  readonly #subscriptions = new Set<{ readonly handler: (value: Value) => void }>();

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Adds a handler, also one that is there already; the returned function removes it. */
  add(handler: (value: Value) => void): () => void {
    const subscription = { handler };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Calls all handlers that were there at the beginning, until `stop` says so. */
  call(value: Value, stop: () => boolean = () => false): void {
    for (const subscription of [...this.#subscriptions]) {
      if (stop()) return;
      if (!this.#subscriptions.has(subscription)) continue;
      try {
        subscription.handler(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }
}
