import type { TabRole } from '../../core/connection.js';
import type { TabcastError } from '../../errors.js';
import { io, type IoOptions } from '../../socket/io.js';
import type { Manager } from '../../socket/manager.js';
import type { Socket } from '../../socket/socket.js';
import { Store, type Subscribable } from '../../subscribable.js';

/** How a Socket is doing. */
export type SocketStatus =
  'idle' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed';

/** What a component shows of a Socket. */
export interface SocketSnapshot {
  /** `failed`: nothing more is tried by itself; `closed`: one side disconnected. */
  readonly status: SocketStatus;
  readonly connected: boolean;
  readonly id: string | undefined;
  readonly recovered: boolean;
  /** Why the last attempt failed; `null` once connected. */
  readonly error: TabcastError | null;
  readonly role: TabRole;
}

/** What a server renders, and a component before anything has been connected. */
export const IDLE: SocketSnapshot = Object.freeze({
  status: 'idle',
  connected: false,
  id: undefined,
  recovered: false,
  error: null,
  role: 'solo',
});

/** A Socket that components use together: connected while at least one of them is mounted. */
export class SharedSocket {
  readonly socket: Socket;
  readonly snapshot: Subscribable<SocketSnapshot>;
  readonly #store = new Store(IDLE);
  readonly #isOwned: boolean;
  #users = 0;
  #release: ReturnType<typeof setTimeout> | undefined;

  /** @param isOwned whether the components connect and disconnect it */
  constructor(socket: Socket, isOwned: boolean) {
    this.socket = socket;
    this.snapshot = this.#store;
    this.#isOwned = isOwned;
    this.#watch();
  }

  /** Keeps the Socket connected until the returned function is called. */
  retain(): () => void {
    if (!this.#isOwned) return () => undefined;
    clearTimeout(this.#release);
    this.#users += 1;
    if (this.#users === 1) this.connect();
    let isRetained = true;
    return () => {
      if (!isRetained) return;
      isRetained = false;
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#release = setTimeout(() => this.disconnect(), RELEASE_MS);
    };
  }

  connect(): void {
    if (this.socket.active) return;
    this.socket.connect();
    this.#update('connecting');
  }

  disconnect(): void {
    this.socket.disconnect();
    this.#update('closed');
  }

  #watch(): void {
    const { socket } = this;
    socket.on('connect', () => this.#update('connected', null));
    socket.on('disconnect', () => this.#update(socket.active ? 'reconnecting' : 'closed'));
    socket.on('connect_error', (error) => this.#update(this.#afterFailure(error), error));
    socket.io.on('reconnect_failed', () => this.#update('failed'));
    socket.io.tabs.subscribe(() => this.#update(this.#store.getSnapshot().status));
    this.#update(socket.connected ? 'connected' : socket.active ? 'connecting' : 'idle');
  }

  #afterFailure(error: TabcastError): SocketStatus {
    const isFinal = error.code === 'wasm_csp' || error.code === 'wasm_load';
    if (isFinal || !this.socket.active || !this.socket.io.reconnection()) return 'failed';
    return this.#store.getSnapshot().status === 'reconnecting' ? 'reconnecting' : 'connecting';
  }

  #update(status: SocketStatus, error = this.#store.getSnapshot().error): void {
    const { connected, id, recovered } = this.socket;
    const { role } = this.socket.io.tabs.getSnapshot();
    this.#store.set({ status, connected, id, recovered, error, role });
  }
}

/** Where a component finds its Socket. Finding may make it; that opens no connection. */
export interface SocketSource {
  find(): SharedSocket;
  /** Without making it. */
  peek(): SharedSocket | undefined;
}

/** The Socket of an address; components with the same address and options use it together. */
export function socketOfUrl(url: string, options: IoOptions, key: string): SocketSource {
  return remembered(byUrl, key, () => {
    return new SharedSocket(io(url, { ...options, autoConnect: false }), true);
  });
}

/** The Socket of a namespace of a Manager. */
export function socketOfManager(manager: Manager, namespace: string): SocketSource {
  let ofManager = byManager.get(manager);
  if (!ofManager) byManager.set(manager, (ofManager = new Map()));
  return remembered(ofManager, namespace, () => {
    return new SharedSocket(manager.socket(namespace), true);
  });
}

/** A Socket of the app, which connects and disconnects it itself. */
export function socketOfApp(socket: Socket): SocketSource {
  return remembered(bySocket, socket, () => new SharedSocket(socket, false));
}

/** Longer than the way from one page of an app to the next, and than a StrictMode remount. */
const RELEASE_MS = 1000;

const byUrl = new Map<string, SharedSocket>();
const byManager = new WeakMap<Manager, Map<string, SharedSocket>>();
const bySocket = new WeakMap<Socket, SharedSocket>();

interface Shelf<Key> {
  get(key: Key): SharedSocket | undefined;
  set(key: Key, socket: SharedSocket): unknown;
}

function remembered<Key>(shelf: Shelf<Key>, key: Key, make: () => SharedSocket): SocketSource {
  return {
    peek: () => shelf.get(key),
    find: () => {
      let socket = shelf.get(key);
      if (!socket) shelf.set(key, (socket = make()));
      return socket;
    },
  };
}
