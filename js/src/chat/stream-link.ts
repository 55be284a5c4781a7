import type { LinkEvents, WireError } from '../contract/index.js';
import { PROTOCOL_VERSION } from '../contract/index.js';
import { TabcastError } from '../errors.js';
import type { EventFeed, EventsOptions, StreamState } from '../sse/types.js';

type Feed = { readonly [Event in keyof LinkEvents]: unknown };

/** What a stream link takes from outside; a test gives its own. */
export interface StreamEnvironment {
  openEvents(url: string, options: EventsOptions<Feed>): EventFeed<Feed>;
  readonly fetch: typeof fetch;
}

export interface StreamLinkOptions {
  /** Of the server's routes: `<base>/link` and `<base>/cmd`. */
  readonly base: string;
  readonly device: string;
  /** With whose tabs the stream is shared, asked when it is opened; `undefined`: with none. */
  readonly scope: () => string | undefined;
  /** Gives a token for a request, after one that was not taken if it says so. */
  readonly token: (reason: 'connect' | 'unauthorized') => Promise<string>;
}

/** What a stream link reports. */
export interface StreamSink {
  up(): void;
  down(): void;
  /** It has ended, and does not come back by itself. */
  ended(error: TabcastError): void;
  event(event: string, payload: unknown): void;
}

/** The chat without a socket: an event stream to hear by, and a request for every call. */
export class StreamLink {
  readonly #options: StreamLinkOptions;
  readonly #environment: StreamEnvironment;
  readonly #sink: StreamSink;
  /** The name of the stream at the server, for calls to find it. */
  #connection = '';
  readonly #pending = new Set<AbortController>();
  #feed: EventFeed<Feed> | undefined;
  #connected = false;
  /** The header that the server took last; it serves until it is taken no more. */
  #authorization: string | undefined;
  /** Calls without an answer take effect in order. */
  #emitted: Promise<unknown> = Promise.resolve();

  constructor(options: StreamLinkOptions, environment: StreamEnvironment, sink: StreamSink) {
    this.#options = options;
    this.#environment = environment;
    this.#sink = sink;
  }

  get connected(): boolean {
    return this.#connected;
  }

  open(): void {
    if (this.#feed) return;
    const { base, device } = this.#options;
    const scope = this.#options.scope();
    // Who shares a stream calls it by the same name.
    this.#connection = scope === undefined ? randomName() : device;
    const query = new URLSearchParams({
      device,
      connection: this.#connection,
      v: String(PROTOCOL_VERSION),
    });
    const feed = this.#environment.openEvents(`${base}/link?${query}`, {
      headers: async ({ after }) => {
        const reason = after?.status === 401 ? 'unauthorized' : 'connect';
        return { authorization: await this.#authorize(reason) };
      },
      decode: (raw) => JSON.parse(raw) as unknown,
      idleTimeout: SILENCE_MS,
      ...(scope !== undefined && { share: { scope } }),
    });
    this.#feed = feed;
    feed.onEvent(({ event, data }) => {
      if (this.#connected) this.#sink.event(event, data);
    });
    feed.onState((state) => {
      if (this.#feed === feed) this.#moved(state);
    });
  }

  /** Ends the stream, and what is being asked, without a report. */
  close(): void {
    const feed = this.#feed;
    this.#feed = undefined;
    this.#connected = false;
    for (const call of this.#pending) call.abort(disconnected());
    feed?.close();
  }

  /** Makes the next attempt now. */
  retry(): void {
    if (!this.#connected) this.#feed?.reconnect();
  }

  emit(event: string, payload: unknown): void {
    const call = (): Promise<unknown> => this.call(event, payload, EMIT_TIMEOUT_MS);
    this.#emitted = this.#emitted.then(call).catch(() => undefined);
  }

  /** Gives the answer; rejects with a {@link TabcastError} if there is none. */
  async call(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    if (!this.#connected) throw disconnected();
    const abort = new AbortController();
    const late = new TabcastError('timeout', `unable to call; no answer in ${timeoutMs} ms`);
    const timer = setTimeout(() => abort.abort(late), timeoutMs);
    this.#pending.add(abort);
    try {
      const answer = await this.#post(event, payload, abort.signal);
      if (!isRejected(answer)) return answer;
      await this.#authorize('unauthorized');
      return await this.#post(event, payload, abort.signal);
    } catch (cause) {
      if (abort.signal.aborted) throw abort.signal.reason;
      throw cause instanceof TabcastError ? cause : disconnected(cause);
    } finally {
      clearTimeout(timer);
      this.#pending.delete(abort);
    }
  }

  async #post(event: string, payload: unknown, signal: AbortSignal): Promise<unknown> {
    const { fetch } = this.#environment;
    const authorization = this.#authorization ?? (await this.#authorize('connect'));
    signal.throwIfAborted();
    const response = await fetch(`${this.#options.base}/cmd`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ connection: this.#connection, event, payload }),
      signal,
    });
    const body = (await response.json().catch(() => null)) as { error?: WireError } | null;
    if (response.ok || !body?.error) return body;
    return { ok: false, error: body.error };
  }

  async #authorize(reason: 'connect' | 'unauthorized'): Promise<string> {
    return (this.#authorization = `Bearer ${await this.#options.token(reason)}`);
  }

  #moved(state: StreamState): void {
    const wasConnected = this.#connected;
    this.#connected = state.status === 'open';
    if (wasConnected) {
      for (const call of this.#pending) call.abort(disconnected());
      this.#sink.down();
    }
    if (this.#connected) this.#sink.up();
    if (state.status !== 'closed') return;
    this.#feed = undefined;
    const { error } = state.end;
    this.#sink.ended(error ?? new TabcastError('unavailable', 'unable to stream; it was ended'));
  }
}

/** Three heartbeats of the reference server. */
const SILENCE_MS = 45_000;
const EMIT_TIMEOUT_MS = 10_000;

function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isRejected(answer: unknown): boolean {
  const code = (answer as { error?: Partial<WireError> } | null)?.error?.code;
  return code === 'token_expired' || code === 'unauthorized';
}

function disconnected(cause?: unknown): TabcastError {
  return new TabcastError('disconnected', 'unable to call; the stream is not open', { cause });
}
