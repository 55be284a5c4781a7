/**
 * The seam to the Rust core: what `src/bindings/event_stream.rs` offers, and what it calls.
 */

import type { ConnectionSink } from '../core/connection.js';

/** How a stream behaves. Every value is given: the defaults are decided in `config.ts`. */
export interface StreamConfig {
  readonly url: string;
  readonly method: string;
  readonly credentials: RequestCredentials;
  readonly retry: {
    readonly baseMs: number;
    readonly maxMs: number;
    readonly resetAfterMs: number;
    readonly maxAttempts: number | null;
  };
  readonly openTimeoutMs: number;
  readonly idle:
    | { readonly kind: 'off' }
    | { readonly kind: 'fixed'; readonly ms: number }
    | { readonly kind: 'learn' };
  readonly limits: {
    readonly lineBytes: number;
    readonly eventBytes: number;
    readonly typeBytes: number;
  };
  readonly skipOversized: boolean;
  readonly closeOnEnd: boolean;
  readonly repeatable: boolean;
  readonly freshHeaders: boolean;
  readonly decidedByOwner: boolean;
  /** What stands in the URL ahead of the last event ID; `null` to send it in the header. */
  readonly idPrefix: string | null;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Names the lock and the channel; `null`: this tab has a stream of its own. */
  readonly share: { readonly scope: string; readonly replay: number } | null;
  readonly pauseAfterMs: number | null;
}

/** Why an attempt came to an end. */
export interface WireFailure {
  readonly kind:
    | 'content-type'
    | 'ended'
    | 'headers'
    | 'idle-timeout'
    | 'network'
    | 'open-timeout'
    | 'protocol'
    | 'status'
    | 'too-large';
  readonly status?: number | undefined;
  readonly contentType?: string | undefined;
  readonly part?: OversizedPart | undefined;
  /** The beginning of what the server said. */
  readonly body?: string | undefined;
}

export type OversizedPart = 'data' | 'line' | 'type';

/** What the core reports, except events. */
export type WireNotice =
  | {
      readonly kind: 'closed';
      readonly reason: 'client' | 'ended' | 'failed' | 'no-content';
      readonly failure?: WireFailure | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly failure: WireFailure;
      readonly retryInMs?: number | undefined;
      /** {@link CoreStream.decide} is awaited. */
      readonly undecided: boolean;
    }
  | {
      readonly kind: 'headersWanted';
      readonly attempt: number;
      readonly after?: WireFailure | undefined;
    }
  | { readonly kind: 'connecting'; readonly failures: number }
  | { readonly kind: 'gap' }
  /** The other tabs have heard that the stream is over: it can be freed. */
  | { readonly kind: 'left' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'oversized'; readonly part: OversizedPart }
  | { readonly kind: 'unsendableId'; readonly reason: 'control-character' | 'too-long' };

/** What the core calls. It holds no borrow then: calling back into it is fine. */
export interface EventSink {
  notice(notice: WireNotice): void;
  /** The events of one chunk; `batch.ts` says how they are cut, and how long `marks` last. */
  events(text: string, marks: Uint32Array, lastEventId: string | undefined): void;
  tabs: ConnectionSink['tabs'];
}

/** The stream in the core. */
export interface CoreStream {
  open(lastEventId: string): void;
  headers(attempt: number, headers: readonly (readonly [string, string])[]): void;
  headersFailed(attempt: number): void;
  decide(retryInMs?: number): void;
  reconnect(): void;
  close(): void;
  free(): void;
}

/** What this part needs of the core. */
export interface StreamCore {
  readonly EventStream: new (
    config: StreamConfig,
    body: BodyInit | undefined,
    sink: EventSink,
  ) => CoreStream;
}
