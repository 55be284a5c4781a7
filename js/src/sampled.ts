import { Store, type Subscribable } from './subscribable.js';

/** A {@link Subscribable} that looks for itself, in regular intervals, while somebody subscribes. */
export class Sampled<T> implements Subscribable<T> {
  readonly #store: Store<T>;
  readonly #sample: () => T;
  readonly #everyMs: number;
  #subscribers = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param sample gives the value now; nobody hears of one that says the same as before */
  constructor(initial: T, sample: () => T, everyMs: number) {
    this.#store = new Store(initial);
    this.#sample = sample;
    this.#everyMs = everyMs;
  }

  readonly getSnapshot = (): T => this.#store.getSnapshot();

  readonly getServerSnapshot = (): T => this.#store.getServerSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => {
    const unsubscribe = this.#store.subscribe(listener);
    this.#subscribers += 1;
    if (this.#subscribers === 1) this.#start();
    let subscribed = true;
    return () => {
      if (!subscribed) return;
      subscribed = false;
      unsubscribe();
      this.#subscribers -= 1;
      if (this.#subscribers === 0) clearInterval(this.#timer);
    };
  };

  #start(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), this.#everyMs);
  }

  #look(): void {
    const value = this.#sample();
    if (JSON.stringify(value) !== JSON.stringify(this.getSnapshot())) this.#store.set(value);
  }
}
