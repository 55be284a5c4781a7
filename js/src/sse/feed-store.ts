import { TabcastError, reportUncaught } from '../errors.js';
import { onNextFrame } from './frame.js';
import { openEvents } from './open-events.js';
import type { AnySSEEvent, EventFeed, EventMap, EventsOptions, StreamState } from './types.js';

/** What a renderer sees of a stream. */
export interface FeedSnapshot<Feed extends EventMap, State> {
  readonly status: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed' | 'failed';
  /** What `reduce` made of all events so far. */
  readonly state: State;
  readonly last: AnySSEEvent<Feed> | null;
  /** The newest events, oldest first, as many as `keep` says. */
  readonly events: readonly AnySSEEvent<Feed>[];
  readonly lastEventId: string;
  /** 0 while the stream is well, else which attempt it is at. */
  readonly attempt: number;
  /** Why the latest attempt failed; `null` once one succeeded. */
  readonly error: TabcastError | null;
}

/** What happens to each event, when it comes. */
export interface FeedReducer<Feed extends EventMap, State> {
  readonly reduce?: ((state: State, event: AnySSEEvent<Feed>) => State) | undefined;
  readonly onEvent?: ((event: AnySSEEvent<Feed>) => void) | undefined;
  /** How many events the snapshot keeps. */
  readonly keep: number;
}

/**
 * One stream as a store: open while somebody is subscribed, with snapshots that change at most once
 * a frame however many events come.
 */
export class FeedStore<Feed extends EventMap, State> {
  readonly #initial: FeedSnapshot<Feed, State>;
  readonly #listeners = new Set<{ readonly listener: () => void }>();
  #snapshot: FeedSnapshot<Feed, State>;
  /** What the snapshot will be in the next frame. */
  #next: FeedSnapshot<Feed, State>;
  #kept: AnySSEEvent<Feed>[] = [];
  #feed: EventFeed<Feed> | undefined;
  #wasOpen = false;
  #cancelFrame: (() => void) | undefined;

  /** @param url `null` for a store that stays idle */
  constructor(
    private readonly url: string | null,
    private readonly options: () => EventsOptions<Feed>,
    private readonly reducer: () => FeedReducer<Feed, State>,
    initial: State,
  ) {
    this.#initial = {
      status: 'idle',
      state: initial,
      last: null,
      events: [],
      lastEventId: '',
      attempt: 0,
      error: null,
    };
    this.#snapshot = this.#initial;
    this.#next = this.#initial;
  }

  readonly getSnapshot = (): FeedSnapshot<Feed, State> => this.#snapshot;

  readonly getServerSnapshot = (): FeedSnapshot<Feed, State> => this.#initial;

  readonly subscribe = (listener: () => void): (() => void) => {
    const subscription = { listener };
    this.#listeners.add(subscription);
    if (!this.#feed && this.#snapshot.status === 'idle') this.#open();
    return () => {
      this.#listeners.delete(subscription);
      // StrictMode and a parent's re-mount subscribe again at once: that is no reason to reconnect.
      queueMicrotask(() => {
        if (this.#listeners.size === 0) this.#leave();
      });
    };
  };

  /** Ends the stream until {@link reopen}. */
  readonly close = (): void => {
    this.#feed?.close();
  };

  /** Makes a new attempt at once, also after the end. */
  readonly reopen = (): void => {
    if (this.#feed) this.#feed.reconnect();
    else if (this.#listeners.size > 0) this.#open();
  };

  #open(): void {
    if (this.url === null) return;
    try {
      const options = this.options();
      const { lastEventId } = this.#next;
      this.#feed = openEvents<Feed>(this.url, lastEventId ? { ...options, lastEventId } : options);
    } catch (error) {
      this.#change({ status: 'failed', error: error as TabcastError });
      return;
    }
    const feed = this.#feed;
    this.#wasOpen = false;
    feed.onEvent((event) => this.#receive(event));
    feed.onState((state) => this.#follow(state));
    feed.onFailure(({ error }) => this.#change({ error }));
    feed.onProblem((problem) => {
      if (problem.kind === 'decode') reportUncaught(problem.cause);
    });
    this.#follow(feed.state);
  }

  /** Nobody looks any more: the stream ends, and a new subscriber goes on behind its last event. */
  #leave(): void {
    const feed = this.#feed;
    this.#feed = undefined;
    feed?.close();
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    const { status } = this.#next;
    const over = status === 'closed' || status === 'failed';
    this.#next = over ? this.#next : { ...this.#next, status: 'idle', attempt: 0 };
    this.#snapshot = this.#next;
  }

  #receive(event: AnySSEEvent<Feed>): void {
    const { reduce, onEvent, keep } = this.reducer();
    let { state } = this.#next;
    try {
      if (reduce) state = reduce(state, event);
    } catch (error) {
      reportUncaught(error);
    }
    if (keep > 0) {
      this.#kept.push(event);
      if (this.#kept.length > keep) this.#kept.splice(0, this.#kept.length - keep);
    }
    this.#change({ state, last: event, lastEventId: event.id });
    onEvent?.(event);
  }

  #follow(state: StreamState): void {
    if (!this.#feed) return;
    switch (state.status) {
      case 'connecting': {
        const again = this.#wasOpen || state.attempt > 1;
        this.#change({ status: again ? 'reconnecting' : 'connecting', attempt: state.attempt });
        break;
      }
      case 'open':
        this.#wasOpen = true;
        this.#change({ status: 'open', attempt: 0, error: null });
        break;
      case 'paused':
        this.#change({ status: 'paused' });
        break;
      case 'waiting':
        this.#change({ status: 'reconnecting', attempt: state.attempt });
        break;
      case 'closed': {
        const { reason, error } = state.end;
        this.#feed = undefined;
        this.#change({ status: reason === 'failed' ? 'failed' : 'closed', error: error ?? null });
      }
    }
  }

  #change(change: Partial<FeedSnapshot<Feed, State>>): void {
    this.#next = { ...this.#next, ...change };
    this.#cancelFrame ??= onNextFrame(() => this.#flush());
  }

  #flush(): void {
    this.#cancelFrame = undefined;
    this.#snapshot = this.#next = { ...this.#next, events: [...this.#kept] };
    for (const { listener } of [...this.#listeners]) listener();
  }
}
