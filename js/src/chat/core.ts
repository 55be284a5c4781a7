/** The seam to the chat store in the Rust core: `src/bindings/chat_store.rs`. */

import type { Glue } from '../core/loader.js';
import type { TabcastErrorCode } from '../errors.js';
import type { PresenceMeta } from '../contract/index.js';
import type { Draft, SyncState, StoredMessage } from './types.js';

/** Settings of a store. What is left out has the default of the core. */
export interface ChatStoreConfig {
  readonly user: string;
  readonly page?: number;
  readonly lingerMs?: number;
  readonly typingHeartbeatMs?: number;
  readonly typingIdleMs?: number;
}

/** The chat state of one tab: takes facts and commands, asks its {@link ChatCalls}, tells its {@link ChatView}. */
export interface ChatStore {
  retain(room: string): void;
  release(room: string): void;
  /** Throws if too many messages of the room wait, or one with this `cid`. */
  send(room: string, cid: string, body: Draft): void;
  retry(room: string, cid: string): boolean;
  discard(room: string, cid: string): boolean;
  loadOlder(room: string, limit: number): void;
  keystroke(room: string): void;
  stopTyping(room: string): void;
  watch(users: string[]): void;
  unwatch(users: string[]): void;

  linkUp(recovered: boolean): void;
  linkDown(): void;
  leadChanged(leading: boolean): void;
  interestChanged(key: string, held: boolean): void;
  answered(request: number, event: string, data: unknown): void;
  failed(
    request: number,
    code: string,
    message: string,
    retryable: boolean,
    retryAfterMs: number | undefined,
  ): void;
  /** `false`: the payload breaks the contract, and was dropped. */
  received(event: string, payload: unknown): boolean;
  free(): void;
}

/** Calls that the store makes. Each is answered by `answered` or `failed`, or the link goes down. */
export interface ChatCalls {
  hello(request: number, rooms: { roomId: string; epoch?: string; since?: number }[]): void;
  join(
    request: number,
    room: string,
    epoch: string | undefined,
    since: number | undefined,
    limit: number,
  ): void;
  leave(request: number, room: string): void;
  sync(request: number, room: string, from: number, limit: number): void;
  history(request: number, room: string, before: number, limit: number): void;
  send(request: number, room: string, cid: string, body: Draft): void;
  watch(request: number, users: string[], on: boolean): void;
  typing(room: string, on: boolean): void;
  interest(key: string, held: boolean): void;
}

/** Changes of what the app sees. */
export interface ChatView {
  rowInserted(room: string, index: number, ...row: RowParts): void;
  rowUpdated(room: string, index: number, ...row: RowParts): void;
  rowsRemoved(room: string, index: number, count: number): void;
  roomChanged(
    room: string,
    sync: SyncState,
    head: number,
    hasOlder: boolean,
    loadingOlder: boolean,
    failure: Failure | undefined,
  ): void;
  typersChanged(room: string, typers: readonly CoreTyper[]): void;
  presenceChanged(
    user: string,
    state: 'online' | 'away' | 'dnd' | 'offline',
    activeAt: number | undefined,
    metas: PresenceMeta[],
  ): void;
  olderLoaded(room: string, count: number, failure: Failure | undefined): void;
}

/** A message as the core tells it; `status` is a place in {@link MESSAGE_STATUSES}. */
export type RowParts = [
  body: StoredMessage | Draft,
  mine: boolean,
  status: number,
  failure: Failure | undefined,
];

/** In the order of the core's numbers. */
export const MESSAGE_STATUSES = ['queued', 'sending', 'sent', 'failed'] as const;

/** Why a call was not carried out. */
export interface Failure {
  readonly code: TabcastErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

export interface CoreTyper {
  readonly user: string;
  /** On the clock of `performance.now()`. */
  readonly sinceMs: number;
  readonly devices: number;
}

/** What is in the wasm of the chat. */
export interface ChatCore extends Glue {
  readonly ChatStore: new (config: ChatStoreConfig, calls: ChatCalls, view: ChatView) => ChatStore;
}
