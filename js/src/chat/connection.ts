import type { WireError } from '../contract/index.js';
import { TabcastError } from '../errors.js';
import { Store, type Subscribable } from '../subscribable.js';
import type { Authenticator } from './authenticator.js';
import type { Link } from './link.js';
import type { ConnectionState, ConnectionStatus } from './types.js';

export interface ConnectionTiming {
  readonly suspendedAfterMs: number;
  readonly idleDisconnectMs: number;
}

/** Keeps a link connected while somebody needs it, and says how that goes. */
export class Connection {
  readonly state: Subscribable<ConnectionState>;
  readonly #store = new Store<ConnectionState>(IDLE);
  readonly #link: Link;
  readonly #auth: Authenticator;
  readonly #timing: ConnectionTiming;
  #holders = 0;
  /** By the app: `open` without holders, `closed` with them. */
  #forced: 'open' | 'closed' | undefined;
  #idle: Timer;
  #retry: Timer;
  #suspend: Timer;

  constructor(link: Link, auth: Authenticator, timing: ConnectionTiming) {
    this.state = this.#store;
    this.#link = link;
    this.#auth = auth;
    this.#timing = timing;
    link.on('connect', () => this.#connected());
    link.on('disconnect', () => this.#lost());
    link.on('connect_error', (error) => this.#refused(error));
    link.on('transport', () => this.#set({ transport: link.transport ?? null }));
    link.io.on('reconnect_attempt', (attempt) => {
      if (this.#wanted && !link.connected) this.#set({ attempt });
    });
  }

  /** Whether a connection is needed, and not forbidden. */
  get #wanted(): boolean {
    return this.#forced === undefined ? this.#holders > 0 || !!this.#idle : this.#forced === 'open';
  }

  /** Keeps the link connected until the returned function is called. */
  hold(): () => void {
    this.#holders += 1;
    clearTimeout(this.#idle);
    this.#idle = undefined;
    if (this.#forced === undefined) this.#start();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders === 0) {
        this.#idle = setTimeout(() => this.#unused(), this.#timing.idleDisconnectMs);
      }
    };
  }

  connect(): void {
    const isStuck = this.#status === 'failed';
    this.#forced = 'open';
    if (isStuck) this.#set({ status: 'idle' });
    if (this.#isTroubled) this.#link.io.open();
    this.#start();
  }

  /** @param error why, if the app did not ask for it */
  disconnect(error: TabcastError | null = null): void {
    this.#forced = 'closed';
    this.#stop('closed', error);
  }

  /** Nothing helps any more until the app connects again. */
  fail(error: TabcastError): void {
    this.#stop('failed', error);
  }

  /** The server's clock, as told in its answer to the hello. */
  setServerTime(now: number): void {
    this.#set({ clockSkewMs: now - Date.now() });
  }

  get #status(): ConnectionStatus {
    return this.#store.getSnapshot().status;
  }

  get #isTroubled(): boolean {
    return ['reconnecting', 'offline', 'suspended'].includes(this.#status);
  }

  #start(): void {
    if (this.#status !== 'idle' && this.#status !== 'closed') return;
    this.#set({ status: 'connecting', error: null, attempt: 0 });
    this.#watchSuspension();
    this.#link.connect();
    if (this.#link.connected) this.#connected();
  }

  #unused(): void {
    this.#idle = undefined;
    if (this.#forced === undefined) this.#stop('idle');
  }

  #stop(status: ConnectionStatus, error: TabcastError | null = null): void {
    this.#clearTimers();
    this.#set({ status, error, attempt: 0 });
    this.#auth.stop();
    this.#link.disconnect();
  }

  #connected(): void {
    if (!this.#wanted) return;
    this.#clearTimers();
    this.#auth.accepted();
    const { transport = null } = this.#link;
    this.#set({ status: 'connected', error: null, attempt: 0, transport });
  }

  #lost(): void {
    if (this.#status !== 'connected') return;
    this.#set({ status: 'reconnecting' });
    this.#watchSuspension();
    // The server ended the namespace, which ends the link's own efforts.
    if (!this.#link.active) this.#tryLater();
  }

  #refused(error: TabcastError): void {
    if (!this.#wanted || this.#status === 'failed') return;
    const attempt = this.#store.getSnapshot().attempt + (this.#link.active ? 0 : 1);
    const refusal = error.data as Partial<WireError> | undefined;
    if (error.code === 'wasm_load' || error.code === 'wasm_csp') {
      this.fail(error);
    } else if (this.#link.active) {
      this.#set({ status: this.#troubled(), error });
    } else if (this.#auth.refused(refusal?.code)) {
      this.#set({ error, attempt });
      this.#link.connect();
    } else if (refusal?.code === undefined || refusal.retryable === true) {
      // The app has no token at the moment, or the server no time.
      this.#set({ status: this.#troubled(), error, attempt });
      this.#tryLater();
    } else {
      this.fail(asRefusal(error, refusal));
    }
  }

  #troubled(): ConnectionStatus {
    if (this.#status === 'suspended') return 'suspended';
    // The browser alone is often wrong; together with a failed attempt it is right.
    return typeof navigator !== 'undefined' && navigator.onLine === false
      ? 'offline'
      : 'reconnecting';
  }

  #tryLater(): void {
    const { attempt } = this.#store.getSnapshot();
    const limit = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** attempt);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#link.connect(), limit * (0.5 + Math.random() / 2));
  }

  #watchSuspension(): void {
    clearTimeout(this.#suspend);
    this.#suspend = setTimeout(
      () => this.#set({ status: 'suspended' }),
      this.#timing.suspendedAfterMs,
    );
  }

  #clearTimers(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#suspend);
  }

  #set(change: Partial<ConnectionState>): void {
    const before = this.#store.getSnapshot();
    const moved = change.status !== undefined && change.status !== before.status;
    const since = moved ? Date.now() : before.since;
    const after = { ...before, ...change, since };
    this.#store.set(after.status === 'connected' ? after : { ...after, transport: null });
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;

const IDLE: ConnectionState = Object.freeze({
  status: 'idle',
  since: 0,
  error: null,
  attempt: 0,
  transport: null,
  clockSkewMs: 0,
});
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;

/** The error under the code of the contract, not of the transport. */
function asRefusal(error: TabcastError, refusal: Partial<WireError>): TabcastError {
  const { code = 'unauthorized', message = error.message } = refusal;
  return new TabcastError(code, message, { retryable: false, data: refusal, cause: error });
}
