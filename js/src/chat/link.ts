import type { TabcastError } from '../errors.js';
import type { TabsState } from '../socket/tabs.js';
import type { Subscribable } from '../subscribable.js';
import type { Transport } from './types.js';

/**
 * What the chat needs of a connection: a part of the surface of a Socket of this package, so that a
 * test can stand in for it.
 */
export interface Link {
  readonly connected: boolean;
  /** Whether it connects by itself when it can. */
  readonly active: boolean;
  /** Whether the server restored the session of the connection before. */
  readonly recovered: boolean;
  readonly io: LinkManager;
  /** By what it is connected; `null` while it is not. A Socket does not say so itself. */
  readonly transport?: Transport | null;
  connect(): unknown;
  disconnect(): unknown;
  on(event: 'connect_error', listener: (error: TabcastError) => void): unknown;
  on(event: string, listener: (payload: unknown) => void): unknown;
  emit(event: string, payload: unknown): unknown;
  timeout(ms: number): { emitWithAck(event: string, payload: unknown): Promise<unknown> };
}

/** The session of a connection. */
export interface LinkEngine {
  readonly transport: { readonly name: Transport };
  once(event: 'upgrade', listener: () => void): unknown;
}

/** The connection under a {@link Link}, shared with the other tabs. */
export interface LinkManager {
  readonly tabs: Subscribable<TabsState>;
  readonly engine?: LinkEngine | undefined;
  /** Ends the wait for the next attempt. */
  open(): unknown;
  setInterest(key: string, held: boolean): void;
  onInterest(listener: (key: string, held: boolean) => void): () => void;
  /** Ends the session in all tabs. */
  logout(): unknown;
  on(event: 'reconnect_attempt', listener: (attempt: number) => void): unknown;
  on(event: 'logout', listener: () => void): unknown;
}
