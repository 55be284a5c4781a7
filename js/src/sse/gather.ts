/** Makes a request. */
type Send = (request: Request) => Promise<Response>;

type Read = ReadableStreamReadResult<Uint8Array>;

/**
 * `send`, with bodies whose chunks are read as one where several wait: each that the core reads costs
 * calls into wasm and back, whatever is in it. Nothing is held up for it.
 */
export function gathering(send: Send): Send {
  return async (request) => {
    const { status, headers, body } = await send(request);
    // As much of a response as the core looks at.
    const gathered = body && {
      getReader: () => new GatheringReader(body.getReader(), request.signal),
    };
    return { status, headers, body: gathered } as unknown as Response;
  };
}

/** Reads ahead as long as that takes no time, and a limited amount. */
class GatheringReader {
  /** A chunk that came alone. */
  #lone: Uint8Array | undefined;
  /** Chunks, copied as they come: thousands of small ones that are kept cost much garbage collection. */
  #several = new Uint8Array();
  /** What was given last. Whoever took it is done with it when he reads on. */
  #given = new Uint8Array();
  #bytes = 0;
  /** What comes behind them, once it is known: the end, or a failure. */
  #last: Promise<Read> | undefined;
  #taker: ((read: Read | Promise<Read>) => void) | undefined;
  #isReading = false;
  #isGiving = false;
  #quietTurns = 0;

  constructor(
    private readonly source: ReadableStreamDefaultReader<Uint8Array>,
    signal: AbortSignal,
  ) {
    // The body of a `fetch` knows the signal, one that the app has made may not.
    signal.addEventListener('abort', () => void source.cancel().catch(() => undefined));
  }

  read(): Promise<Read> {
    return new Promise((resolve) => {
      this.#taker = resolve;
      this.#readOn();
      this.#giveSoon();
    });
  }

  #readOn(): void {
    if (this.#isReading || this.#last || this.#bytes >= ENOUGH) return;
    this.#isReading = true;
    this.source.read().then(this.#receive, this.#fail);
  }

  readonly #receive = (read: Read): void => {
    this.#isReading = false;
    this.#quietTurns = 0;
    if (read.done) this.#last = Promise.resolve(read);
    else this.#add(read.value);
    this.#readOn();
    this.#giveSoon();
  };

  readonly #fail = (reason: unknown): void => {
    this.#isReading = false;
    this.#last = Promise.reject(reason);
    this.#last.catch(() => 'told when it is read');
    this.#giveSoon();
  };

  #add(chunk: Uint8Array): void {
    if (this.#bytes === 0) {
      this.#lone = chunk;
    } else {
      const lone = this.#lone;
      this.#lone = undefined;
      if (lone) this.#copy(lone, 0);
      this.#copy(chunk, this.#bytes);
    }
    this.#bytes += chunk.length;
  }

  #copy(chunk: Uint8Array, at: number): void {
    const end = at + chunk.length;
    if (end > this.#several.length) {
      const larger = new Uint8Array(Math.max(end, ENOUGH));
      larger.set(this.#several.subarray(0, at));
      this.#several = larger;
    }
    // To call `set` for a few bytes costs more than the bytes.
    if (chunk.length > 16) this.#several.set(chunk, at);
    else for (let n = 0; n < chunk.length; n += 1) this.#several[at + n] = chunk[n] ?? 0;
  }

  #giveSoon(): void {
    const isEmpty = this.#bytes === 0 && !this.#last;
    if (this.#isGiving || isEmpty || !this.#taker) return;
    this.#isGiving = true;
    void SETTLED.then(this.#give);
  }

  /** A chunk that waits in the stream arrives within a few turns of the microtask queue. */
  readonly #give = (): void => {
    if (this.#isReading && this.#quietTurns < QUIET_TURNS) {
      this.#quietTurns += 1;
      void SETTLED.then(this.#give);
      return;
    }
    this.#isGiving = false;
    const taker = this.#taker;
    this.#taker = undefined;
    if (this.#bytes === 0) {
      if (this.#last) taker?.(this.#last);
      return;
    }
    taker?.({ done: false, value: this.#lone ?? this.#takeSeveral() });
    this.#lone = undefined;
    this.#bytes = 0;
  };

  #takeSeveral(): Uint8Array {
    const value = this.#several.subarray(0, this.#bytes);
    [this.#several, this.#given] = [this.#given, this.#several];
    return value;
  }
}

/** So that the way into wasm and back is little beside what is read there. */
const ENOUGH = 128 * 1024;

const QUIET_TURNS = 4;

const SETTLED = Promise.resolve();
