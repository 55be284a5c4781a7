import { reportUncaught } from './errors.js';

/** A value that changes and can be watched: what `useSyncExternalStore` takes. */
export interface Subscribable<T> {
  /** The value now. Keeps its identity until it changes. */
  getSnapshot(): T;
  /** The value that a server renders, and the first render in a browser. Never changes. */
  getServerSnapshot(): T;
  /** Calls `listener` after changes, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/**
 * A {@link Subscribable} with a setter.
 *
 * Several changes in one task make one notification, in a microtask. The three reading methods are
 * bound, so they can be handed over as they are.
 */
export class Store<T> implements Subscribable<T> {
  readonly #initial: T;
  #value: T;
  #notified = true;
  readonly #subscriptions = new Set<{ readonly listener: () => void }>();

  constructor(initial: T) {
    this.#initial = initial;
    this.#value = initial;
  }

  readonly getSnapshot = (): T => this.#value;

  readonly getServerSnapshot = (): T => this.#initial;

  readonly subscribe = (listener: () => void): (() => void) => {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  };

  /** Replaces the value. Nothing happens if it is the same one. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    if (!this.#notified) return;
    this.#notified = false;
    queueMicrotask(() => {
      this.#notify();
    });
  }

  #notify(): void {
    this.#notified = true;
    for (const subscription of [...this.#subscriptions]) {
      if (!this.#subscriptions.has(subscription)) continue;
      try {
        subscription.listener();
      } catch (error) {
        reportUncaught(error);
      }
    }
  }
}
