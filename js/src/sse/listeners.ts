import { reportUncaught } from '../errors.js';

interface Subscription<Value> {
  readonly handler: (value: Value) => void;
  isOver: boolean;
}

/** Handlers of one kind. One that throws is reported and keeps nobody else from being called. */
export class Listeners<Value> {
  /** Another array after each change: a call goes by the one that it began with. */
  #subscriptions: readonly Subscription<Value>[] = [];

  get size(): number {
    return this.#subscriptions.length;
  }

  /** Adds a handler, also one that is there already; the returned function removes it. */
  add(handler: (value: Value) => void): () => void {
    const subscription = { handler, isOver: false };
    this.#subscriptions = [...this.#subscriptions, subscription];
    return () => {
      subscription.isOver = true;
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /** Calls all handlers that were there at the beginning, until `stop` says so. */
  call(value: Value, stop: () => boolean = () => false): void {
    for (const subscription of this.#subscriptions) {
      if (stop()) return;
      if (subscription.isOver) continue;
      try {
        subscription.handler(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }
}
