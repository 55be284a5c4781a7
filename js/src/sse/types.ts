/// <reference lib="esnext.disposable" preserve="true" />

import type { TabcastError } from '../errors.js';
import type { TabsState } from '../socket/tabs.js';
import type { Subscribable } from '../subscribable.js';
import type { OversizedPart, WireFailure } from './wire.js';

/** Event names and the type of their data, as the app knows them. */
export type EventMap = object;

/** The names in a map. */
export type EventName<Feed extends EventMap> = keyof Feed & string;

/** One event of a stream. */
export interface SSEEvent<Data = unknown, Name extends string = string> {
  /** The last event ID as of this event; empty if the server has set none. */
  readonly id: string;
  /** The event's name; `message` if the server gave none. */
  readonly event: Name;
  readonly data: Data;
  /** When it arrived, in milliseconds since the epoch. */
  readonly at: number;
}

/** Any event of a feed; `event` tells which, and so what `data` is. */
export type AnySSEEvent<Feed extends EventMap> = {
  [Name in EventName<Feed>]: SSEEvent<Feed[Name], Name>;
}[EventName<Feed>];

/** What a header hook is told about the attempt that it is for. */
export interface Attempt {
  /** 1 for the first after the stream was last well. */
  readonly number: number;
  /** The failure that it follows. */
  readonly after: StreamFailure | undefined;
  readonly lastEventId: string;
}

/** Why an attempt came to an end. */
export interface StreamFailure extends WireFailure {
  /** Whether another attempt follows. */
  readonly willRetry: boolean;
  /** In how many milliseconds. */
  readonly retryInMs: number | undefined;
  readonly error: TabcastError;
  /** What the server said where it refused: 8 KiB at most. Only in the tab that asked it. */
  readonly body?: string | undefined;
}

/** Where a stream stands. */
export type StreamState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'open' }
  /** Let go of, until somebody can see the page (`hidden`). */
  | { readonly status: 'paused' }
  | {
      readonly status: 'waiting';
      readonly attempt: number;
      /** When the next attempt is due, in milliseconds since the epoch. */
      readonly retryAt: number;
      readonly failure: StreamFailure;
    }
  | { readonly status: 'closed'; readonly end: StreamEnd };

/** How a stream ended. */
export interface StreamEnd {
  /**
   * `client`: by `close()` or the signal. `ended`: the server ended a stream that is not to be
   * reopened. `no-content`: the server answered 204. `failed`: see `error`.
   */
  readonly reason: 'client' | 'ended' | 'failed' | 'no-content';
  readonly error: TabcastError | undefined;
}

/** Something that did not arrive as it was meant, on a stream that goes on. */
export type StreamProblem =
  /** The data of an event could not be decoded; it was not given to anyone. */
  | {
      readonly kind: 'decode';
      readonly event: string;
      readonly raw: string;
      readonly cause: unknown;
    }
  /** An event was left out because it is over a limit (`skipOversized`). */
  | { readonly kind: 'oversized'; readonly part: OversizedPart }
  /**
   * Events were missed that no tab has any more: the page was away for too long. Or, after a tab took over
   * that had heard much less, nobody can tell which of the events that follow came before.
   */
  | { readonly kind: 'gap' }
  /** An iteration fell behind; its oldest event was dropped. */
  | { readonly kind: 'overflow' }
  /** The event id can be in no request header: the stream would go on without it. */
  | { readonly kind: 'unsendable-id'; readonly reason: 'control-character' | 'too-long' }
  /**
   * The server gives ids that are not ASCII. They go back in `Last-Event-ID` as the bytes of their
   * UTF-8, which not every server and no WebKit `EventSource` agrees on. Told once a stream.
   */
  | { readonly kind: 'non-ascii-id'; readonly id: string };

/** Makes data out of text; what it throws is reported as a `decode` problem. */
export type Decode<Feed extends EventMap> =
  | ((raw: string, event: string) => unknown)
  | { readonly [Name in EventName<Feed>]?: (raw: string) => Feed[Name] };

/** Headers of a request. */
export type StreamHeaders =
  Headers | Readonly<Record<string, string>> | readonly [string, string][];

/** Who shares a stream, and what a tab gets that joins. */
export interface ShareOptions {
  /** Who uses the stream: the id of the user. Without one nothing is shared. */
  readonly scope: string | null | undefined;
  /** Tells apps of one origin apart. Default `app`. */
  readonly app?: string;
  /** Tells streams apart that differ in nothing but what a header hook returns. */
  readonly key?: string;
  /**
   * How many of the newest events a tab gets that joins and names no `lastEventId`. Default 0: it
   * gets what comes from then on, as from a server. The tabs keep 256 chunks or 256 Ki characters.
   */
  readonly replay?: number;
}

/** How to open a stream. All times are in milliseconds. */
export interface EventsOptions<Feed extends EventMap = Record<string, string>> {
  /** Default GET, or POST if there is a body. */
  readonly method?: string;
  /** Anything that can be sent more than once. */
  readonly body?: Exclude<BodyInit, ReadableStream>;
  /** A function is called before every attempt, and once more after a 401. */
  readonly headers?: StreamHeaders | ((attempt: Attempt) => StreamHeaders | Promise<StreamHeaders>);
  /** Default `same-origin`. */
  readonly credentials?: RequestCredentials;
  /** Where to go on: sent as `Last-Event-ID` with the first request. */
  readonly lastEventId?: string;
  /** A query parameter to send the last event ID in, instead of the header. */
  readonly lastEventIdParam?: string;
  /** Where to keep the last event ID, so that a page that is reloaded goes on behind it. */
  readonly persistLastEventId?: 'session' | 'local';
  /** One stream for all tabs of the same user that ask for the same. Default: none is shared. */
  readonly share?: ShareOptions;
  /** Let go of a stream that nobody has seen for so long, in any tab, until somebody does. */
  readonly hidden?: { readonly pauseAfter: number };
  /** Called instead of the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly retry?: {
    /** Longest wait before the first retry. Default 1000. */
    readonly base?: number;
    /** Longest wait. Default 30 000. */
    readonly max?: number;
    /** How long a stream must have been open to count as recovered. Default 10 000. */
    readonly resetAfter?: number;
    /** How many failed attempts in a row end the stream. Default Infinity. */
    readonly maxAttempts?: number;
    /** Overrules what follows a failure; `undefined` keeps what `willRetry` says. */
    decide?(failure: StreamFailure): 'retry' | 'stop' | { readonly inMs: number } | undefined;
  };
  /**
   * How long headers and response may take together. Default 15 000. After an attempt that runs into
   * it the next one gets twice the time, up to eight times this.
   */
  readonly openTimeout?: number;
  /**
   * How long the open stream may be silent. Default `learn`: three times the longest silence so far,
   * within 15 s and 2 minutes.
   */
  readonly idleTimeout?: 'learn' | number | false;
  /** What to do when the server ends the stream. Default `reconnect`, for POST `close`. */
  readonly onEnd?: 'reconnect' | 'close';
  /** Allows a request that is neither GET nor HEAD to go out more than once. Default false. */
  readonly retryPost?: boolean;
  /** Most bytes of one event, and of one line. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Leave an event out that is larger, instead of ending the stream. Default false. */
  readonly skipOversized?: boolean;
  /** Default: data stays text. */
  readonly decode?: Decode<Feed>;
  /** Closes the stream. */
  readonly signal?: AbortSignal;
  /** How many events an iteration keeps that is slower than the stream. Default 1024. */
  readonly maxQueue?: number;
}

/** A stream of server-sent events that comes back by itself. */
export interface EventFeed<Feed extends EventMap> extends AsyncIterable<AnySSEEvent<Feed>> {
  readonly state: StreamState;
  /** The ID of the last event that was given out. */
  readonly lastEventId: string;
  /** How the tabs share the stream, and if they do not, why. */
  readonly tabs: Subscribable<TabsState>;
  /** Resolves when the stream is over, whyever that is; never rejects. */
  readonly closed: Promise<StreamEnd>;
  /** Calls `handler` for events of one name, until the returned function is called. */
  on<Name extends EventName<Feed>>(
    event: Name,
    handler: (event: SSEEvent<Feed[Name], Name>) => void,
  ): () => void;
  /** Calls `handler` for all events. */
  onEvent(handler: (event: AnySSEEvent<Feed>) => void): () => void;
  onState(handler: (state: StreamState) => void): () => void;
  onFailure(handler: (failure: StreamFailure) => void): () => void;
  onProblem(handler: (problem: StreamProblem) => void): () => void;
  /** Makes a new attempt at once. */
  reconnect(): void;
  /**
   * Leaves the stream to the other tabs, or ends it. No event follows, not even one of the same
   * chunk.
   */
  close(): void;
  [Symbol.dispose](): void;
}
