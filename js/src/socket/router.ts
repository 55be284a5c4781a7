import type { AckFailure, ConnectionSink, Payload } from '../core/connection.js';
import { Shortcuts } from './shortcuts.js';

/** What one Socket hears from the core. */
export interface SocketSink {
  connected(sid: string, recovered: boolean): void;
  connectError(json: string, active: boolean): void;
  disconnected(reason: string, detail: string | undefined, refusal?: string): void;
  event(json: Payload, attachments: readonly ArrayBuffer[] | undefined, ack: number): void;
  acked(id: number, json: Payload, attachments: readonly ArrayBuffer[] | undefined): void;
  ackFailed(id: number, why: AckFailure, mayHaveArrived: boolean): void;
  sent(id: number): void;
  authWanted(
    request: number,
    pid: string | undefined,
    offset: string | undefined,
    remote: boolean,
  ): void;
}

/** What the Manager hears from the core. */
export type ManagerSink = Pick<
  ConnectionSink,
  | 'loggedOut'
  | 'opened'
  | 'upgrading'
  | 'upgraded'
  | 'upgradeFailed'
  | 'packetReceived'
  | 'packetCreated'
  | 'flushed'
  | 'drained'
  | 'openFailed'
  | 'closed'
  | 'ping'
  | 'reconnectAttempt'
  | 'reconnectError'
  | 'reconnectFailed'
  | 'reconnected'
  | 'tabs'
  | 'congested'
  | 'interest'
>;

/** Everybody who hears from one connection. */
export interface Listeners {
  readonly manager: ManagerSink;
  readonly sockets: readonly SocketSink[];
}

/**
 * Passes what the core reports to the Socket that it concerns.
 *
 * The core keeps this object alive for as long as the connection exists, so it must not keep the
 * Manager alive too: an app that drops an idle Socket could never get rid of either.
 */
export class Router implements ConnectionSink {
  readonly #weak: WeakRef<Listeners>;
  #strong: Listeners | undefined;
  /** Plain events and acknowledgements come this way, past the core. */
  readonly filter = new Shortcuts(this);

  constructor(listeners: Listeners) {
    this.#weak = new WeakRef(listeners);
    this.#strong = listeners;
  }

  /** Whether the connection keeps its listeners alive, although the app may have dropped them. */
  hold(held: boolean): void {
    this.#strong = held ? this.#weak.deref() : undefined;
  }

  connected(socket: number, sid: string, recovered: boolean): void {
    this.#socket(socket)?.connected(sid, recovered);
  }

  connectError(socket: number, json: string, active: boolean): void {
    this.#socket(socket)?.connectError(json, active);
  }

  disconnected(socket: number, reason: string, detail?: string, refusal?: string): void {
    this.#socket(socket)?.disconnected(reason, detail, refusal);
  }

  event(
    socket: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
    ack: number,
  ): void {
    this.#socket(socket)?.event(json, attachments, ack);
  }

  acked(
    socket: number,
    id: number,
    json: Payload,
    attachments: readonly ArrayBuffer[] | undefined,
  ): void {
    this.#socket(socket)?.acked(id, json, attachments);
  }

  ackFailed(socket: number, id: number, why: AckFailure, mayHaveArrived: boolean): void {
    this.#socket(socket)?.ackFailed(id, why, mayHaveArrived);
  }

  sent(socket: number, id: number): void {
    this.#socket(socket)?.sent(id);
  }

  authWanted(
    request: number,
    socket: number,
    pid: string | undefined,
    offset: string | undefined,
    remote: boolean,
  ): void {
    this.#socket(socket)?.authWanted(request, pid, offset, remote);
  }

  shortcuts(...shortcuts: Parameters<ConnectionSink['shortcuts']>): void {
    this.filter.set(...shortcuts);
  }

  loggedOut(): void {
    this.#manager?.loggedOut();
  }

  opened(sid: string, transport: string): void {
    this.#manager?.opened(sid, transport);
  }

  upgrading(transport: string): void {
    this.#manager?.upgrading(transport);
  }

  upgraded(transport: string): void {
    this.#manager?.upgraded(transport);
  }

  upgradeFailed(message: string): void {
    this.#manager?.upgradeFailed(message);
  }

  packetReceived(packet: string | ArrayBuffer): void {
    this.#manager?.packetReceived(packet);
  }

  packetCreated(packet: string | ArrayBuffer): void {
    this.#manager?.packetCreated(packet);
  }

  flushed(): void {
    this.#manager?.flushed();
  }

  drained(): void {
    this.#manager?.drained();
  }

  openFailed(...failure: Parameters<ConnectionSink['openFailed']>): void {
    this.#manager?.openFailed(...failure);
  }

  closed(...report: Parameters<ConnectionSink['closed']>): void {
    this.#manager?.closed(...report);
  }

  ping(): void {
    this.#manager?.ping();
  }

  reconnectAttempt(attempt: number): void {
    this.#manager?.reconnectAttempt(attempt);
  }

  reconnectError(...failure: Parameters<ConnectionSink['reconnectError']>): void {
    this.#manager?.reconnectError(...failure);
  }

  reconnectFailed(): void {
    this.#manager?.reconnectFailed();
  }

  reconnected(attempt: number): void {
    this.#manager?.reconnected(attempt);
  }

  tabs(...report: Parameters<ConnectionSink['tabs']>): void {
    this.#manager?.tabs(...report);
  }

  congested(congested: boolean): void {
    this.#manager?.congested(congested);
  }

  interest(key: string, held: boolean): void {
    this.#manager?.interest(key, held);
  }

  get #manager(): ManagerSink | undefined {
    return (this.#strong ?? this.#weak.deref())?.manager;
  }

  #socket(socket: number): SocketSink | undefined {
    return (this.#strong ?? this.#weak.deref())?.sockets[socket];
  }
}
