/**
 * The seam to the Rust core: what `src/bindings/connection.rs` offers, and what it calls.
 *
 * JSON and attachments pass through unread in both directions.
 */

import type { StreamCore } from '../sse/wire.js';
import type { Glue } from './loader.js';

/** Everything the core needs to know about one connection. Times are in milliseconds. */
export interface ConnectionConfig {
  /** Address of the endpoint: `http(s)://host/path/?<query>&EIO=4`. */
  readonly url: string;
  /** Names, in order. */
  readonly transports: readonly string[];
  readonly upgrade: boolean;
  readonly tryAllTransports: boolean;
  readonly rememberUpgrade: boolean;
  /** Whether a WebSocket worked just before, in another connection of this page. */
  readonly websocketWorks: boolean;
  readonly polling: PollingConfig;
  readonly websocket: WebSocketConfig;
  readonly reconnection: boolean;
  /** `null`: no limit. */
  readonly reconnectionAttempts: number | null;
  readonly reconnectionDelay: number;
  readonly reconnectionDelayMax: number;
  readonly randomizationFactor: number;
  /** For the engine to open; `null`: no limit. */
  readonly timeout: number | null;
  /** For the answer to a CONNECT; `null`: no limit. */
  readonly connectTimeout: number | null;
  /** In place of the standard one. */
  readonly codec?: Codec;
  /** Keeps from the core's listener to a WebSocket what {@link ConnectionSink.shortcuts} tells. */
  readonly filter?: Filter;
  /** Makes a WebSocket. */
  readonly openSocket?: (url: string, protocols: readonly string[]) => WebSocket;
  /** In place of those that the page has when the connection is made. */
  readonly timers?: TimerFunctions;
  /** Accepted in one incoming packet. */
  readonly maxAttachments: number;
  /** Events of this tab that are unsent or unacknowledged. */
  readonly maxPending: number;
  /** Their size, in UTF-16 units of text and bytes. */
  readonly maxPendingSize: number;
  /** Whether the oldest that has not been sent gives way to a newer one. */
  readonly dropOldest: boolean;
  /** Names the lock and the channel; `null`: this tab connects for itself. */
  readonly share: ShareConfig | null;
}

/**
 * Encodes and decodes packets. A packet has the types 0 to 4 of Socket.IO.
 *
 * Payloads of events and acknowledgements are arrays then, and JSON text of all other packets.
 */
export interface Codec {
  encode(
    type: number,
    nsp: string,
    id: number | undefined,
    payload: Payload | undefined,
  ): readonly unknown[];
  /** The packets that `message` completes: type, namespace, id or -1, payload. */
  decode(message: string | ArrayBuffer): [number, string, number, Payload | undefined][];
  reset(): void;
}

/** Makes of a listener one that keeps some messages to itself. */
export interface Filter {
  before(listener: (event: MessageEvent) => void, socket: WebSocket): (event: MessageEvent) => void;
}

/**
 * How frames begin that concern one Socket and nothing else: before id or payload of an event, and
 * before the id of an acknowledgement; and whether the core need not see the events that come.
 */
export type Shortcut = readonly [socket: number, event: string, ack: string, takesEvents: boolean];

/** JSON text of an array; the array itself, if there is a {@link Codec}. */
export type Payload = string | readonly unknown[];

/** The functions `setTimeout` and `clearTimeout`; they need no `this`. */
export interface TimerFunctions {
  readonly set: typeof setTimeout;
  readonly clear: typeof clearTimeout;
}

/** How long-polling is done. */
export interface PollingConfig {
  /** Name of the parameter that keeps caches out; `null`: none. */
  readonly timestamp: string | null;
  readonly base64: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly withCredentials: boolean;
  /** In milliseconds; 0: no limit. */
  readonly requestTimeout: number;
}

/** How WebSockets are opened and used. */
export interface WebSocketConfig {
  readonly timestamp: string | null;
  readonly base64: boolean;
  readonly protocols: readonly string[];
}

/** How tabs share a connection. Times are in milliseconds. */
export interface ShareConfig {
  readonly scope: string;
  /** `null`: never. */
  readonly stealAfter: number | null;
  readonly stealPause: number;
  /** `null`: never. */
  readonly yieldHiddenAfter: number | null;
}

/** One connection, with all its namespaces. `socket` is a small integer that the caller chose. */
export interface Connection {
  open(): void;
  /** Forced close, without reconnection. Sockets that were not disconnected come back with `open`. */
  close(): void;
  /** How to reconnect changes at once, the rest with the next session; `share` does not change. */
  configure(config: ConnectionConfig): void;
  /** Ends what all tabs share. */
  logOut(): void;
  /** Closes the session, in whichever tab it is, as if it had been lost. */
  dropSession(): void;
  /** Takes in the frame of a text message, or a binary one, as if it had come over the connection. */
  inject(message: string | ArrayBuffer): void;
  /** Whether {@link ConnectionSink.packetReceived} and the like are called. */
  observe(observed: boolean): void;
  /** The packets that no transport has taken yet, oldest first. */
  unsent(): (string | ArrayBuffer)[];
  /** Ends what all tabs share. */
  logOut(): void;
  connect(socket: number, nsp: string): void;
  disconnect(socket: number): void;
  /** Answers {@link ConnectionSink.authWanted}; `undefined`: CONNECT without a payload. */
  provideAuth(request: number, json: string | undefined): void;
  /** Answers {@link ConnectionSink.authWanted} of another tab: not this time. */
  withholdAuth(request: number): void;
  /**
   * Sends an event, or keeps it until the socket is connected.
   *
   * @param id unique for this socket
   * @param json of `[event, ...args]`
   * @param timeoutMs for the acknowledgement; -1: none
   * @param delivery 0: at most once, 1: at least once, 2: exactly once
   */
  emit(
    socket: number,
    id: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
    wantsAck: boolean,
    volatile: boolean,
    timeoutMs: number,
    delivery: number,
  ): void;
  /**
   * Forgets an event that has not been sent, and its acknowledgement. Says whether the server may
   * have got it.
   */
  cancel(socket: number, id: number): boolean;
  /** Answers an event that asked for an acknowledgement. */
  acknowledge(
    socket: number,
    ack: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
  ): void;
  /**
   * Takes note of an event that is sent by {@link ConnectionSink.shortcuts}: at most once, and
   * without attachments. Gives the id under which it shall be acknowledged, or -1; `undefined` if it
   * has to be {@link emit}.
   */
  sendPlain(
    socket: number,
    id: number,
    units: number,
    wantsAck: boolean,
    timeoutMs: number,
  ): number | undefined;
  /**
   * Takes note of an acknowledgement by {@link ConnectionSink.shortcuts}; gives the event that
   * awaits it. If there is none, the core has to see the frame.
   */
  answered(socket: number, ack: number): number | undefined;
  setInterest(key: string, held: boolean): void;
  /** The numbers of `src/tabs/inspection.rs`, in order. */
  inspect(): Uint32Array;
  free(): void;
}

/** Why an acknowledgement will not come. */
export type AckFailure =
  'timeout' | 'disconnected' | 'unknown' | 'full' | 'unsupported' | 'logged_out';

/** Part of this tab in the shared connection. */
export type TabRole = 'solo' | 'leader' | 'follower' | 'joining';

/** What the core reports. It holds no borrow then: calling back into {@link Connection} is fine. */
export interface ConnectionSink {
  connected(socket: number, sid: string, recovered: boolean): void;
  /**
   * The namespace is not connected; `json` is `{message, data?}`.
   *
   * @param active whether the next session tries again by itself; a refused namespace does not
   */
  connectError(socket: number, json: string, active: boolean): void;
  /**
   * @param more JSON: `{message, data?}`, if the server refused what it had let in; `{status, message}`
   * of a request that failed, where the message is what the server gave as its reason
   */
  disconnected(socket: number, reason: string, detail?: string, more?: string): void;
  /** @param ack to answer with; -1: no answer is wanted */
  event(
    socket: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
    ack: number,
  ): void;
  acked(
    socket: number,
    id: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
  ): void;
  /** @param mayHaveArrived whether the server may have got the event all the same */
  ackFailed(socket: number, id: number, why: AckFailure, mayHaveArrived: boolean): void;
  /** More waits at the socket than it can send soon, or no more so. */
  congested(congested: boolean): void;
  /** The event was handed to the engine. Comes once for every event that leaves. */
  sent(socket: number, id: number): void;
  authWanted(
    request: number,
    socket: number,
    pid: string | undefined,
    offset: string | undefined,
    remote: boolean,
  ): void;
  /** What text frames of up to `limit` units mean that the core need not see. */
  shortcuts(limit: number, shortcuts: readonly Shortcut[]): void;
  /** The user logged out, in this tab or another: no socket is connected or will be by itself. */
  loggedOut(): void;
  opened(sid: string, transport: string): void;
  /** The session is about to move to another transport. */
  upgrading(transport: string): void;
  upgraded(transport: string): void;
  /** The session stays on its transport. */
  upgradeFailed(message: string): void;
  /**
   * No connection came about. Concerns every socket that is not connected.
   *
   * @param status of the HTTP request that failed; 0: it had none
   * @param refusal what the server gave as its reason
   */
  openFailed(message: string, status?: number, refusal?: string): void;
  closed(reason: string, detail: string | undefined, status?: number, refusal?: string): void;
  /** A packet came in, text or binary. Only while {@link Connection.observe} is on. */
  packetReceived(packet: string | ArrayBuffer): void;
  /** A packet is to be sent. */
  packetCreated(packet: string | ArrayBuffer): void;
  /** Packets were handed to the transport. */
  flushed(): void;
  /** The transport has taken everything. */
  drained(): void;
  ping(): void;
  reconnectAttempt(attempt: number): void;
  reconnectError(message: string, status?: number, refusal?: string): void;
  reconnectFailed(): void;
  reconnected(attempt: number): void;
  /** @param off why nothing is shared, if nothing is */
  tabs(
    role: TabRole,
    term: number,
    count: number,
    visible: number,
    leader: string | undefined,
    tab: string,
    off: string | undefined,
  ): void;
  /** A key got its first holder in any tab, or lost its last. Only where the connection is. */
  interest(key: string, held: boolean): void;
}

/** Where wasm can come from. */
export type CoreSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** What is in the wasm of connections and event streams. */
export interface Core extends Glue, StreamCore {
  readonly Connection: new (config: ConnectionConfig, sink: ConnectionSink) => Connection;
}
