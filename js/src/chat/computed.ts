import { Store, type Subscribable } from '../subscribable.js';

/** A {@link Subscribable} whose value is made from other state when somebody asks for it. */
export class Computed<T> implements Subscribable<T> {
  readonly #initial: T;
  readonly #compute: (previous: T) => T;
  readonly #changes = new Store<object>({});
  #value: T;
  #stale = false;

  /** @param compute gives the value, or `previous` if nothing of it has changed */
  constructor(initial: T, compute: (previous: T) => T) {
    this.#initial = initial;
    this.#compute = compute;
    this.#value = initial;
  }

  readonly getSnapshot = (): T => {
    if (this.#stale) {
      this.#stale = false;
      this.#value = this.#compute(this.#value);
    }
    return this.#value;
  };

  readonly getServerSnapshot = (): T => this.#initial;

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.subscribe(listener);

  /** The state has changed; subscribers hear of it once for all changes of a task. */
  changed(): void {
    this.#stale = true;
    this.#changes.set({});
  }
}
