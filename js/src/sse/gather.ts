/** Makes a request. */
type Send = (request: Request) => Promise<Response>;

/** What the core takes for a chunk. */
type Read = ReadableStreamReadResult<Uint8Array | readonly Uint8Array[]>;

/**
 * `send`, with bodies whose chunks are read as an array where several wait: each that the core reads
 * costs calls into wasm and back, whatever is in it. Nothing is held up for it.
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
  #pieces: Uint8Array[] = [];
  /** Small chunks, one behind the other: thousands of them that are kept cost much garbage collection. */
  #small = new Uint8Array();
  /** Which of them are no piece yet. */
  #smallFrom = 0;
  #smallEnd = 0;
  /** Where those are that were given last. Whoever took them is done with them when he reads on. */
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

  readonly #receive = (read: ReadableStreamReadResult<Uint8Array>): void => {
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
    this.#bytes += chunk.length;
    if (chunk.length < SMALL) {
      this.#copy(chunk);
    } else {
      this.#endSmall();
      this.#pieces.push(chunk);
    }
  }

  #copy(chunk: Uint8Array): void {
    const at = this.#smallEnd;
    this.#smallEnd += chunk.length;
    if (this.#smallEnd > this.#small.length) {
      const larger = new Uint8Array(Math.max(this.#smallEnd * 2, SMALL));
      larger.set(this.#small.subarray(0, at));
      this.#small = larger;
    }
    // To call `set` for a few bytes costs more than the bytes.
    if (chunk.length > 16) this.#small.set(chunk, at);
    else for (let n = 0; n < chunk.length; n += 1) this.#small[at + n] = chunk[n] ?? 0;
  }

  /** Makes a piece of the small chunks so far. */
  #endSmall(): void {
    if (this.#smallFrom === this.#smallEnd) return;
    this.#pieces.push(this.#small.subarray(this.#smallFrom, this.#smallEnd));
    this.#smallFrom = this.#smallEnd;
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
    taker?.({ done: false, value: this.#takePieces() });
  };

  #takePieces(): Uint8Array | readonly Uint8Array[] {
    this.#endSmall();
    const pieces = this.#pieces;
    this.#pieces = [];
    [this.#small, this.#given] = [this.#given, this.#small];
    this.#smallFrom = this.#smallEnd = this.#bytes = 0;
    return (pieces.length === 1 && pieces[0]) || pieces;
  }
}

/** Of chunks with so many bytes each is a piece of its own. */
const SMALL = 4096;

/** So that the way into wasm and back is little beside what is read there. */
const ENOUGH = 128 * 1024;

const QUIET_TURNS = 4;

const SETTLED = Promise.resolve();
