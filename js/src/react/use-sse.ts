import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';

import { FeedStore, type FeedSnapshot } from '../sse/feed-store.js';
import type {
  AnySSEEvent,
  Attempt,
  EventMap,
  EventName,
  EventsOptions,
  ShareOptions,
  SSEEvent,
  StreamHeaders,
} from '../sse/types.js';

/**
 * How `useSSE` opens a stream and what it does with events.
 *
 * Functions may be new ones in every render: the latest is called, and nothing is opened anew. Only
 * another URL, method, body, credentials, `enabled`, or another scope, app or key of `share` makes
 * another stream; the other values count when one is opened.
 */
export interface UseSSEOptions<Feed extends EventMap, State> {
  /** Default true. */
  readonly enabled?: boolean;
  /** A function is called before every attempt, and once more after a 401. */
  readonly headers?: StreamHeaders | ((attempt: Attempt) => StreamHeaders | Promise<StreamHeaders>);
  /** Send cookies to another origin. Default false. */
  readonly withCredentials?: boolean;
  /** Default GET, or POST if there is a body. */
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  /** Makes data out of text. Default `JSON.parse`, and the text itself where it is not JSON. */
  readonly parse?: (raw: string, event: string) => unknown;
  /** Called for every event of a name. */
  readonly on?: {
    readonly [Name in EventName<Feed>]?: (event: SSEEvent<Feed[Name], Name>) => void;
  };
  /** Called for every event; what it returns becomes `state`. Must be pure. */
  readonly reduce?: (state: State, event: AnySSEEvent<Feed>) => State;
  /** `state` before the first event. */
  readonly initial?: State;
  /** Where to go on. */
  readonly lastEventId?: string;
  /** A query parameter to send the last event ID in, instead of the header. */
  readonly lastEventIdParam?: string;
  /** Where to keep the last event ID, so that a page that is reloaded goes on behind it. */
  readonly persistLastEventId?: 'session' | 'local';
  /** One stream for all tabs of the same user that ask for the same. Default: none is shared. */
  readonly share?: ShareOptions;
  /** Let go of a stream that nobody has seen for so many milliseconds, until somebody does. */
  readonly hidden?: { readonly pauseAfter: number };
  /** How long the open stream may be silent, in milliseconds. Default: learned from the stream. */
  readonly heartbeatTimeoutMs?: number;
  /** Longest wait before the first retry. Default 1000. */
  readonly retryMinMs?: number;
  /** Longest wait between attempts. Default 30 000. */
  readonly retryMaxMs?: number;
  /** How many of the newest events `events` has. Default 0. */
  readonly keep?: number;
}

/** What `useSSE` returns. The functions stay the same as long as the stream does. */
export interface UseSSEResult<Feed extends EventMap, State> extends FeedSnapshot<Feed, State> {
  /** Ends the stream. */
  close(): void;
  /** Makes a new attempt at once, also after the end. */
  reopen(): void;
}

/**
 * Keeps a stream of server-sent events open while the component is mounted.
 *
 * `reduce` and `on` see every event; the component renders at most once a frame.
 *
 * @param url `null` for no stream
 */
export function useSSE<Feed extends EventMap = Record<string, unknown>, State = undefined>(
  url: string | URL | null,
  options: UseSSEOptions<Feed, State> = {},
): UseSSEResult<Feed, State> {
  const latest = useRef(options);
  useInsertionEffect(() => {
    latest.current = options;
  });

  const target = url === null || options.enabled === false ? null : String(url);
  const { method, body, withCredentials = false } = options;
  const { initial, share } = options;
  const store = useMemo(
    () =>
      new FeedStore<Feed, State>(
        target,
        () => streamOptions(latest, method, body, withCredentials),
        () => reducer(latest.current),
        initial as State,
      ),
    // Not `initial`: a new object in every render must not be a new stream in every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [target, method, body, withCredentials, share?.scope, share?.app, share?.key],
  );
  const snapshot = useSyncExternalStore(
    store.subscribe,
    store.getSnapshot,
    store.getServerSnapshot,
  );
  return useMemo(
    () => ({ ...snapshot, close: store.close, reopen: store.reopen }),
    [snapshot, store],
  );
}

interface Latest<Feed extends EventMap, State> {
  readonly current: UseSSEOptions<Feed, State>;
}

function streamOptions<Feed extends EventMap, State>(
  latest: Latest<Feed, State>,
  method: string | undefined,
  body: string | undefined,
  withCredentials: boolean,
): EventsOptions<Feed> {
  const { headers, heartbeatTimeoutMs, retryMinMs, retryMaxMs } = latest.current;
  const { lastEventId, lastEventIdParam, persistLastEventId, share, hidden } = latest.current;
  return {
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers: latestHeaders(latest, headers) }),
    ...(lastEventId === undefined ? {} : { lastEventId }),
    ...(lastEventIdParam === undefined ? {} : { lastEventIdParam }),
    ...(persistLastEventId === undefined ? {} : { persistLastEventId }),
    ...(share === undefined ? {} : { share }),
    ...(hidden === undefined ? {} : { hidden }),
    credentials: withCredentials ? 'include' : 'same-origin',
    idleTimeout: heartbeatTimeoutMs ?? 'learn',
    retry: {
      ...(retryMinMs === undefined ? {} : { base: retryMinMs }),
      ...(retryMaxMs === undefined ? {} : { max: retryMaxMs }),
    },
    decode: (raw, event) => (latest.current.parse ?? parseJson)(raw, event),
  };
}

type HeadersOption<Feed extends EventMap> = NonNullable<EventsOptions<Feed>['headers']>;

/** A function stays a function, so that a 401 asks it again, but the latest one is called. */
function latestHeaders<Feed extends EventMap, State>(
  latest: Latest<Feed, State>,
  headers: HeadersOption<Feed>,
): HeadersOption<Feed> {
  if (typeof headers !== 'function') return headers;
  return (attempt) => {
    const current = latest.current.headers ?? {};
    return typeof current === 'function' ? current(attempt) : current;
  };
}

function reducer<Feed extends EventMap, State>({
  reduce,
  on,
  keep = 0,
}: UseSSEOptions<Feed, State>) {
  const onEvent = (event: AnySSEEvent<Feed>) => {
    const name = event.event as EventName<Feed>;
    // The name comes from the server: only what the app itself put there counts.
    if (on && Object.hasOwn(on, name))
      on[name]?.(event as SSEEvent<Feed[typeof name], typeof name>);
  };
  return { reduce, onEvent, keep };
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
