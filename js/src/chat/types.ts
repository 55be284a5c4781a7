import type {
  ClientMsgId,
  DeviceId,
  EpochMs,
  Json,
  MessageId,
  PresenceMeta,
  PresenceState,
  RoomId,
  Seq,
  UserId,
  WireMessage,
} from '../contract/index.js';
import type { TabcastError } from '../errors.js';
import type { Debug } from '../socket/debug.js';
import type { Manager } from '../socket/manager.js';
import type { Socket } from '../socket/socket.js';
import type { TabsState } from '../socket/tabs.js';
import type { Subscribable } from '../subscribable.js';

/**
 * Types of an app, for all of its code: extend it by declaration merging.
 *
 * ```ts
 * declare module 'tabcast' { interface Register { messageMeta: { priority: 'low' | 'high' } } }
 * ```
 */
export interface Register {}

/** The `meta` of messages, if {@link Register} names no other type. */
export type DefaultMeta = Register extends { messageMeta: infer Meta extends Json } ? Meta : Json;

/** What the app gives on every connection, and where to. */
export interface ClientOptions {
  /** Of the server, without the namespace. Default: the origin of the page. */
  readonly url?: string;
  /** Default `/rt`. */
  readonly namespace?: string;
  /** Path of the Socket.IO endpoint. Default `/socket.io`. */
  readonly path?: string;
  /**
   * Gives the token for a connection. Asked every time, and never stored.
   *
   * May throw, or reject: then the attempt has failed and is made again later.
   */
  readonly auth: (context: AuthContext) => string | Promise<string>;
  readonly user: { readonly id: UserId };
  /** `share` (default): one connection for all tabs of the user. */
  readonly tabs?: 'share' | 'off';
  /**
   * What to do where no socket can be had, for example behind a proxy that lets none pass. `sse`
   * (default): an event stream and a request for every call, while the socket goes on trying.
   */
  readonly fallback?: 'sse' | 'off';
  /** Names the browser to other users' devices. Default: a random name that is kept. */
  readonly device?: DeviceId;
  readonly timing?: Partial<TimingOptions>;
  /** Writes what happens among the tabs, see {@link ManagerOptions.debug}. */
  readonly debug?: Debug;
}

export interface AuthContext {
  /**
   * `expired` and `unauthorized`: what the server said of the token before. `expiring`: it will soon
   * be over, and a newer one keeps the connection.
   */
  readonly reason: 'connect' | 'expired' | 'unauthorized' | 'expiring';
  /** Counts from 1 since the last connection. */
  readonly attempt: number;
  /** Ends when the token is not needed any more. */
  readonly signal: AbortSignal;
}

/** Times in milliseconds. */
export interface TimingOptions {
  /** For an answer of the server. Default 10 000. */
  ackTimeoutMs: number;
  /** Without a connection until the status is `suspended`. Default 120 000. */
  suspendedAfterMs: number;
  /** From the last holder of anything to the end of the connection. Default 5000. */
  idleDisconnectMs: number;
  /** From the last holder of a room to leaving it. Default 1000. */
  roomReleaseMs: number;
  /** Without a socket until the fallback is taken; three failed attempts do the same. Default 8000. */
  fallbackAfterMs: number;
  /** Between renewals of "is typing". Default 3000. */
  typingHeartbeatMs: number;
  /** From the last keystroke to "stopped typing". Default 3000. */
  typingIdleMs: number;
}

/**
 * - `idle`: nobody needs a connection.
 * - `connecting`: the first attempt; `reconnecting`: a later one.
 * - `offline`: an attempt failed and the browser says that there is no network.
 * - `suspended`: reconnecting for so long that much may have been missed.
 * - `failed`: refused for good, or WebAssembly cannot be loaded; `connect()` tries again.
 * - `closed`: by `disconnect()`; with the error `logged_out`: by `logout()` in this tab or another.
 */
export type ConnectionStatus =
  | 'idle'
  | 'connecting'
  | 'connected'
  | 'reconnecting'
  | 'offline'
  | 'suspended'
  | 'failed'
  | 'closed';

/** By what the connection goes: `sse` is the fallback. */
export type Transport = 'websocket' | 'polling' | 'sse';

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** When the status became this one. */
  readonly since: EpochMs;
  /** Why the last attempt failed; `null` once connected. */
  readonly error: TabcastError | null;
  /** Attempts since the last connection. */
  readonly attempt: number;
  /** `null` while not connected. */
  readonly transport: Transport | null;
  /** The server's clock minus this one's. */
  readonly clockSkewMs: number;
}

/**
 * How well the messages match the server's: `initial`: nothing came yet; `catching-up`: something
 * is missing and on its way; `stale`: something may be missing.
 */
export type SyncState = 'initial' | 'catching-up' | 'live' | 'stale';

/** How far a message has got; it never goes back, but from `failed` by a retry. */
export type MessageStatus = 'queued' | 'sending' | 'sent' | 'failed';

/** A message as the server has stored it. */
export type StoredMessage = WireMessage;

/** A message that the server has not confirmed. */
export interface Draft {
  readonly roomId: RoomId;
  readonly cid: ClientMsgId;
  readonly from: UserId;
  /** When it was sent, by this clock. */
  readonly ts: EpochMs;
  readonly text: string;
  readonly meta?: Json;
  readonly replyTo?: MessageId;
  readonly rev: 0;
}

/** A row of a room. The same object until something of it changes. */
export interface Message<Meta extends Json = DefaultMeta> extends Readonly<
  Omit<WireMessage, 'id' | 'seq' | 'n' | 'device' | 'meta'>
> {
  /** For React: the same from queued to sent. */
  readonly key: string;
  /** `null` until the server has stored it, as is `seq`. */
  readonly id: MessageId | null;
  readonly seq: Seq | null;
  readonly device?: DeviceId;
  readonly meta?: Meta;
  /** Whether it is by the user of this client, on whatever device. */
  readonly mine: boolean;
  readonly status: MessageStatus;
  /** Why it failed. */
  readonly error: TabcastError | null;
}

export interface Typer {
  readonly user: UserId;
  readonly since: EpochMs;
  /** On how many devices. */
  readonly devices: number;
}

/** Everything there is to show of a room. Unchanged parts keep their identity. */
export interface RoomState<Meta extends Json = DefaultMeta> {
  readonly id: RoomId;
  readonly sync: SyncState;
  /** The newest op applied. */
  readonly head: Seq;
  /** Why the room cannot be had. */
  readonly error: TabcastError | null;
  /** In order; those that are not sent yet come last. */
  readonly messages: readonly Message<Meta>[];
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  /** Others who are typing, the longest first. */
  readonly typing: readonly Typer[];
}

export interface SendInput<Meta extends Json = DefaultMeta> {
  readonly text: string;
  readonly meta?: Meta;
  readonly replyTo?: MessageId;
}

export interface SendHandle<Meta extends Json = DefaultMeta> {
  readonly cid: ClientMsgId;
  /**
   * Resolves when the server has stored the message; rejects when it will not be tried again by
   * itself, or was discarded. Need not be looked at: the row in the room says the same.
   */
  readonly sent: Promise<Message<Meta>>;
  /** Takes the message back if no try was made; gives whether it was. */
  cancel(): boolean;
}

export interface OlderLoaded {
  readonly loaded: number;
  /** Whether there are still older ones. */
  readonly more: boolean;
}

/** One room. All functions are bound and stay the same. */
export interface RoomHandle<Meta extends Json = DefaultMeta> extends Subscribable<RoomState<Meta>> {
  readonly id: RoomId;
  /** Shows the message at once and sends it when its turn comes. */
  send(input: SendInput<Meta>): SendHandle<Meta>;
  /** Tries a failed message again. */
  retry(cid: ClientMsgId): void;
  /** Removes a message that failed, or was not tried yet. */
  discard(cid: ClientMsgId): void;
  /** Loads up to `count` (default 50) messages before the first; one load at a time. */
  loadOlder(count?: number): Promise<OlderLoaded>;
  readonly typing: {
    /** To be called on every input of the user. */
    keystroke(): void;
    /** To be called when the input is left or emptied; sending does it too. */
    stop(): void;
  };
  /** Keeps the room open until the returned function is called. */
  retain(): () => void;
}

/** A user's presence, folded over all devices. */
export interface UserPresence {
  readonly user: UserId;
  readonly state: PresenceState | 'offline';
  /** `null` while offline. */
  readonly lastActiveAt: EpochMs | null;
  readonly devices: readonly PresenceMeta[];
  /** Of the device that was active last. */
  readonly data: Json | undefined;
}

/** The chat of one user in one tab. */
export interface RealtimeClient {
  readonly user: { readonly id: UserId };
  readonly connection: Subscribable<ConnectionState>;
  /** How the tabs share the connection. */
  readonly tabs: Subscribable<TabsState>;
  /** The namespace of the chat, for events of the app's own. */
  readonly socket: Socket;
  readonly manager: Manager;
  /** The same for the same id. Opens nothing until it is retained. */
  room<Meta extends Json = DefaultMeta>(id: RoomId): RoomHandle<Meta>;
  /** Presence of `users`, followed while it is subscribed to. */
  presence(users: readonly UserId[]): Subscribable<ReadonlyMap<UserId, UserPresence>>;
  /** Tells others the state of this device. Rejects with a {@link TabcastError}. */
  setPresence(state: PresenceState, data?: Json): Promise<void>;
  /** Connects now, and stays connected without holders. */
  connect(): void;
  /** Disconnects until `connect()`. */
  disconnect(): void;
  /**
   * Ends the session of the user in all tabs: their clients end as by {@link destroy}, with the
   * error `logged_out` in {@link connection}, and the server is told.
   */
  logout(): void;
  /** Ends the client for good. What was not sent is lost. */
  destroy(): void;
}
