import { TabcastError, reportUncaught } from '../errors.js';
import { reportedTabs, type TabsState } from '../socket/tabs.js';
import { Store, type Subscribable } from '../subscribable.js';
import { Cutter, MarksCopy } from './batch.js';
import { configure, headerPairs } from './config.js';
import { loadStreamCore } from './core.js';
import { describe, streamError } from './failure.js';
import { Listeners } from './listeners.js';
import { lastIdIn, type LastId } from './last-id.js';
import { nativeFallback } from './native-fallback.js';
import type { NativeSource } from './native-source.js';
import { Queue } from './queue.js';
import { initialTabs, streamName } from './share.js';
import type {
  AnySSEEvent,
  Decode,
  EventFeed,
  EventMap,
  EventName,
  EventsOptions,
  SSEEvent,
  StreamEnd,
  StreamFailure,
  StreamProblem,
  StreamState,
} from './types.js';
import type {
  CoreStream,
  EventSink,
  StreamConfig,
  StreamCore,
  WireFailure,
  WireNotice,
} from './wire.js';

/** Not in every browser yet; where it is missing, nobody can ask for it either. */
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol('Symbol.dispose');

/** The stream of one `openEvents` call. */
export class Feed<Map extends EventMap> implements EventFeed<Map> {
  readonly closed: Promise<StreamEnd>;
  readonly tabs: Subscribable<TabsState>;
  readonly #tabs: Store<TabsState>;
  readonly #options: EventsOptions<Map>;
  readonly #named = new globalThis.Map<string, Listeners<SSEEvent<never, never>>>();
  readonly #all = new Listeners<AnySSEEvent<Map>>();
  readonly #states = new Listeners<StreamState>();
  readonly #failures = new Listeners<StreamFailure>();
  readonly #problems = new Listeners<StreamProblem>();
  readonly #queues = new Set<Queue<AnySSEEvent<Map>>>();
  readonly #cleanups: (() => void)[] = [];
  readonly #marks = new MarksCopy();
  #resolveClosed!: (end: StreamEnd) => void;
  #state: StreamState = { status: 'connecting', attempt: 1 };
  #failure: StreamFailure | undefined;
  #headersError: unknown;
  #failed = 0;
  #lastEventId: string;
  /** Those that are given out right now. */
  #events: Cutter | undefined;
  #mayWarnOfId: boolean;
  readonly #storedId: LastId | undefined;
  readonly #native: Promise<NativeSource> | undefined;
  #stream: CoreStream | undefined;
  #free: (() => void) | undefined;

  constructor(url: string | URL, options: EventsOptions<Map>) {
    if (!options.fetch) this.#native = nativeFallback();
    const config = configure(url, this.#native ? withNative(options, this.#native) : options);
    this.#options = options;
    this.#mayWarnOfId = config.idPrefix === null;
    this.tabs = this.#tabs = new Store(initialTabs(options.share));
    const { persistLastEventId } = options;
    this.#storedId = lastIdIn(persistLastEventId, streamName(config.url, config.method, options));
    // Not everybody's compiler knows that it is text.
    this.#lastEventId = String(options.lastEventId ?? this.#storedId?.load() ?? '');
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    if (this.#obey(options.signal)) void this.#start(config);
  }

  get state(): StreamState {
    return this.#state;
  }

  get lastEventId(): string {
    return this.#events?.id ?? this.#lastEventId;
  }

  on<Name extends EventName<Map>>(
    event: Name,
    handler: (event: SSEEvent<Map[Name], Name>) => void,
  ): () => void {
    this.#native?.then(
      (native) => native.listen(event),
      () => {},
    );
    let listeners = this.#named.get(event);
    if (!listeners) this.#named.set(event, (listeners = new Listeners()));
    return listeners.add(handler);
  }

  onEvent(handler: (event: AnySSEEvent<Map>) => void): () => void {
    return this.#all.add(handler);
  }

  onState(handler: (state: StreamState) => void): () => void {
    return this.#states.add(handler);
  }

  onFailure(handler: (failure: StreamFailure) => void): () => void {
    return this.#failures.add(handler);
  }

  onProblem(handler: (problem: StreamProblem) => void): () => void {
    return this.#problems.add(handler);
  }

  [Symbol.asyncIterator](): AsyncIterator<AnySSEEvent<Map>, undefined> {
    const queue: Queue<AnySSEEvent<Map>> = new Queue(
      this.#options.maxQueue ?? 1024,
      () => this.#problems.call({ kind: 'overflow' }),
      () => this.#queues.delete(queue),
    );
    if (this.#state.status === 'closed') queue.end(this.#state.end.error);
    else this.#queues.add(queue);
    return queue;
  }

  reconnect(): void {
    this.#stream?.reconnect();
  }

  close(): void {
    this.#end({ reason: 'client', error: undefined });
  }

  [dispose](): void {
    this.close();
  }

  /** Whether the stream may start at all. */
  #obey(signal: AbortSignal | undefined): boolean {
    if (signal?.aborted) {
      this.close();
      return false;
    }
    const abort = () => this.close();
    signal?.addEventListener('abort', abort, { once: true });
    this.#cleanups.push(() => signal?.removeEventListener('abort', abort));
    return true;
  }

  async #start(config: StreamConfig): Promise<void> {
    let core: StreamCore;
    try {
      core = await loadStreamCore();
    } catch (error) {
      const failed = error instanceof TabcastError ? error : loadError(error);
      this.#end({ reason: 'failed', error: failed });
      return;
    }
    if (this.#isClosed()) return;
    const sink: EventSink = {
      notice: (notice) => this.#hear(notice),
      events: (...batch) => this.#receive(...batch),
      tabs: (...report) => this.#tabs.set(reportedTabs(this.#tabs.getSnapshot(), ...report)),
    };
    const stream = new core.EventStream(config, this.#options.body, sink);
    this.#stream = stream;
    stream.open(this.#lastEventId);
  }

  #hear(notice: WireNotice): void {
    if (notice.kind === 'left') {
      this.#free?.();
      return;
    }
    // The core may have more to say when it is closed from within one of its own calls.
    if (this.#isClosed()) return;
    switch (notice.kind) {
      case 'closed':
        // It stays until the other tabs know, and says so.
        this.#free = this.#release();
        this.#end(this.#endOf(notice.reason, notice.failure));
        return;
      case 'connecting':
        this.#failed = notice.failures;
        this.#setState({ status: 'connecting', attempt: notice.failures + 1 });
        return;
      case 'failed':
        this.#fail(notice.failure, notice.retryInMs, notice.undecided);
        return;
      case 'gap':
        this.#problems.call({ kind: 'gap' });
        return;
      case 'headersWanted':
        void this.#provideHeaders(notice.attempt);
        return;
      case 'paused':
        this.#setState({ status: 'paused' });
        return;
      case 'opened':
        this.#failure = undefined;
        this.#setState({ status: 'open' });
        return;
      case 'oversized':
        this.#problems.call({ kind: 'oversized', part: notice.part });
        return;
      case 'unsendableId':
        this.#problems.call({ kind: 'unsendable-id', reason: notice.reason });
    }
  }

  #receive(...[text, marks, lastEventId]: Parameters<EventSink['events']>): void {
    if (this.#isClosed()) return;
    const events = new Cutter(text, this.#marks.of(marks), this.#lastEventId);
    // To note each id as it comes costs more than to look it up there.
    this.#events = events;
    this.#deliverAll(events);
    this.#events = undefined;
    this.#lastEventId = events.id;
    if (this.#isClosed()) return;
    if (lastEventId !== undefined) this.#lastEventId = lastEventId;
    this.#storedId?.save(this.#lastEventId);
    this.#lookAtId(this.#lastEventId);
  }

  #deliverAll(events: Cutter): void {
    const at = Date.now();
    while (events.next()) {
      this.#deliver(events.event, events.id, events.data, at);
      if (this.#isClosed()) return;
    }
  }

  /** In a query it is percent-encoded, which all agree on. */
  #lookAtId(id: string): void {
    if (!this.#mayWarnOfId || isAscii(id)) return;
    this.#mayWarnOfId = false;
    this.#problems.call({ kind: 'non-ascii-id', id });
  }

  #deliver(event: string, id: string, raw: string, at: number): void {
    // To look a name up that was cut out of a text costs as much as cutting it out.
    const named = this.#named.size > 0 ? this.#named.get(event) : undefined;
    if (!named?.size && this.#all.size === 0 && this.#queues.size === 0) return;
    let data: unknown = raw;
    const { decode } = this.#options;
    if (decode) {
      try {
        data = this.#decode(decode, raw, event);
      } catch (cause) {
        this.#problems.call({ kind: 'decode', event, raw, cause });
        return;
      }
    }
    // V8 gives each object a copy of the number in a field that never held anything else.
    const delivered = { id, event, data, at: undefined as number | undefined };
    delivered.at = at;
    named?.call(delivered as SSEEvent<never, never>, this.#isClosed);
    this.#all.call(delivered as unknown as AnySSEEvent<Map>, this.#isClosed);
    if (this.#queues.size === 0) return;
    for (const queue of this.#queues) queue.push(delivered as unknown as AnySSEEvent<Map>);
  }

  #decode(decode: Decode<Map>, raw: string, event: string): unknown {
    if (typeof decode === 'function') return decode(raw, event);
    // The name comes from the server: only what the app itself put there counts.
    if (!Object.hasOwn(decode, event)) return raw;
    return decode[event as EventName<Map>]?.(raw);
  }

  async #provideHeaders(attempt: number): Promise<void> {
    const { headers } = this.#options;
    this.#headersError = undefined;
    if (typeof headers !== 'function') {
      this.#stream?.headers(attempt, headerPairs(headers));
      return;
    }
    try {
      const number = this.#failed + 1;
      const given = await headers({ number, after: this.#failure, lastEventId: this.lastEventId });
      if (!this.#isClosed()) this.#stream?.headers(attempt, headerPairs(given));
    } catch (error) {
      this.#headersError = error;
      if (!this.#isClosed()) this.#stream?.headersFailed(attempt);
    }
  }

  #fail(wire: WireFailure, retryInMs: number | undefined, undecided: boolean): void {
    const cause = wire.kind === 'headers' ? this.#headersError : undefined;
    const wait = undecided ? this.#decide(describe(wire, retryInMs, cause)) : retryInMs;
    const failure = (this.#failure = describe(wire, wait, cause));
    this.#failures.call(failure);
    if (this.#isClosed()) return;
    if (wait !== undefined) {
      const attempt = ++this.#failed;
      this.#setState({ status: 'waiting', attempt, retryAt: Date.now() + wait, failure });
    }
    if (undecided && !this.#isClosed()) this.#stream?.decide(wait);
  }

  /** How long to wait after a failure, in the end. */
  #decide(failure: StreamFailure): number | undefined {
    let decision;
    try {
      decision = this.#options.retry?.decide?.(failure);
    } catch (error) {
      reportUncaught(error);
    }
    if (decision === 'stop') return undefined;
    if (decision === 'retry') return failure.retryInMs ?? this.#options.retry?.base ?? 1000;
    const { inMs = NaN } = decision ?? {};
    // NaN would be a wait of no time, over and over.
    return Number.isNaN(inMs) ? failure.retryInMs : Math.max(inMs, 0);
  }

  #endOf(reason: StreamEnd['reason'], failure: WireFailure | undefined): StreamEnd {
    const error = failure && (this.#failure?.error ?? streamError(failure));
    return { reason, error };
  }

  #setState(state: StreamState): void {
    this.#state = state;
    this.#states.call(state);
  }

  #end(end: StreamEnd): void {
    if (this.#isClosed()) return;
    for (const cleanup of this.#cleanups) cleanup();
    this.#state = { status: 'closed', end };
    this.#stream?.close();
    this.#release()?.();
    for (const queue of this.#queues) queue.end(end.error);
    this.#queues.clear();
    this.#states.call(this.#state);
    this.#resolveClosed(end);
  }

  /** Lets go of the stream in the core; it is freed when the returned function is called. */
  #release(): (() => void) | undefined {
    const stream = this.#stream;
    this.#stream = undefined;
    // Not now: the core may be in the middle of the call that led here.
    return stream && (() => queueMicrotask(() => stream.free()));
  }

  readonly #isClosed = (): boolean => this.#state.status === 'closed';
}

/** What a native source cannot do is refused; what it cannot see is not waited for. */
function withNative<Map extends EventMap>(
  options: EventsOptions<Map>,
  native: Promise<NativeSource>,
): EventsOptions<Map> {
  const { method = 'GET', body, headers, idleTimeout = 'learn' } = options;
  if (method.toUpperCase() !== 'GET' || body !== undefined || headers !== undefined) {
    throw new TabcastError(
      'unsupported',
      'unable to open events; this browser cannot stream fetch, and its EventSource has no method, body and headers',
    );
  }
  return {
    lastEventIdParam: 'lastEventId',
    ...options,
    fetch: async (request) => (await native).fetch(request),
    // Heartbeats are comments, and those it keeps to itself.
    idleTimeout: idleTimeout === 'learn' ? false : idleTimeout,
  };
}

const isAscii = (id: string): boolean => !/[^\0-\x7f]/.test(id);

function loadError(cause: unknown): TabcastError {
  return new TabcastError('wasm_load', 'unable to open events; the core cannot be loaded', {
    cause,
  });
}
