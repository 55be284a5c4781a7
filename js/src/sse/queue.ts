import type { TabcastError } from '../errors.js';

/** What one `for await` has not taken yet, bounded: the oldest value makes room for a new one. */
export class Queue<Value> implements AsyncIterator<Value, undefined> {
  readonly #values: Value[] = [];
  readonly #readers: PromiseWithHandlers<IteratorResult<Value, undefined>>[] = [];
  #end: { readonly error: TabcastError | undefined } | undefined;

  constructor(
    private readonly max: number,
    private readonly onOverflow: () => void,
    private readonly onReturn: () => void,
  ) {}

  push(value: Value): void {
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ done: false, value });
      return;
    }
    this.#values.push(value);
    if (this.#values.length > this.max) {
      this.#values.shift();
      this.onOverflow();
    }
  }

  /** Ends the iteration behind the values that are there; with an error, it throws. */
  end(error: TabcastError | undefined): void {
    this.#end ??= { error };
    const [first, ...others] = this.#readers.splice(0);
    if (first) this.#finish(first);
    for (const reader of others) reader.resolve(DONE);
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#values.length > 0) {
        resolve({ done: false, value: this.#values.shift() as Value });
      } else if (this.#end) {
        this.#finish(reader);
      } else {
        this.#readers.push(reader);
      }
    });
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.onReturn();
    this.#values.length = 0;
    this.#end = { error: undefined };
    for (const reader of this.#readers.splice(0)) reader.resolve(DONE);
    return Promise.resolve(DONE);
  }

  #finish(reader: PromiseWithHandlers<IteratorResult<Value, undefined>>): void {
    const error = this.#end?.error;
    this.#end = { error: undefined };
    if (error) reader.reject(error);
    else reader.resolve(DONE);
  }
}

interface PromiseWithHandlers<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

const DONE = { done: true, value: undefined } as const;
