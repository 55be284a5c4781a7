/**
 * The browser's `EventSource` in the form of `fetch`, for browsers whose `fetch` cannot stream.
 *
 * It makes single requests: as soon as something goes wrong it is closed, so that trying again is
 * the core's business, with its backoff. What it cannot do: headers, other methods, statuses,
 * comments, and events whose names nobody told it ({@link listen}).
 */
export class NativeSource {
  readonly #names = new Set(['message']);
  #listenNow: ((name: string) => void) | undefined;

  /** Asks for events of this name. */
  listen(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#listenNow?.(name);
  }

  readonly fetch = (request: Request): Promise<Response> =>
    new Promise((resolve, reject) => {
      const withCredentials = request.credentials === 'include';
      const source = new globalThis.EventSource(request.url, { withCredentials });
      const body = new Chunks();
      const receive = (event: Event) => {
        if (event instanceof MessageEvent) body.push(encode(event as MessageEvent<string>));
      };
      this.#listenNow = (name) => source.addEventListener(name, receive);
      for (const name of this.#names) this.#listenNow(name);
      const fail = (reason: unknown) => {
        source.close();
        body.fail(reason);
        reject(reason);
      };
      source.onopen = () => resolve(answer(body));
      source.onerror = (event) => {
        // An event of the server can be named `error`, too.
        if (!(event instanceof MessageEvent)) fail(new TypeError('the event source failed'));
      };
      request.signal.addEventListener('abort', () => fail(request.signal.reason));
    });
}

/** As much of a response as the core looks at. */
function answer(body: Chunks): Response {
  const headers = { get: (name: string) => (name === 'content-type' ? 'text/event-stream' : null) };
  const stream = { getReader: () => body };
  return { status: 200, headers, body: stream } as unknown as Response;
}

/** An event as a server writes it. Its data has no CR and its id no line end: they were parsed. */
function encode({ type, data, lastEventId }: MessageEvent<string>): Uint8Array {
  const lines = data.split('\n').map((line) => `data: ${line}\n`);
  return new TextEncoder().encode(`event: ${type}\nid: ${lastEventId}\n${lines.join('')}\n`);
}

/** What a reader of a body reads. */
class Chunks {
  readonly #chunks: Uint8Array[] = [];
  #waiting: { resolve(read: Read): void; reject(reason: unknown): void } | undefined;
  #failure: { readonly reason: unknown } | undefined;

  push(value: Uint8Array): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve({ done: false, value });
    else this.#chunks.push(value);
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  /** The abort of the request has closed the source already. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  read(): Promise<Read> {
    const value = this.#chunks.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.#failure) return Promise.reject(this.#failure.reason);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }
}

interface Read {
  readonly done: false;
  readonly value: Uint8Array;
}
