import type { Payload } from '../core/connection.js';
import { TabcastError } from '../errors.js';
import { Admission } from './admission.js';
import { CatchAllEmitter, type AnyListener } from './catch-all.js';
import type { ParserPacket } from './codec.js';
import type { Delivery } from './delivery.js';
import type { Drain } from './drain.js';
import type {
  AckValue,
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventParams,
  EventsMap,
} from './events.js';
import type { Link } from './link.js';
import type { Manager } from './manager.js';
import { NameReader } from './name-reader.js';
import type { Auth, SocketOptions } from './options.js';
import { Outbox, type BufferedPacket, type Flags } from './outbox.js';
import { checkEventName, decodeAck, decodeEvent } from './payload.js';
import {
  describeEnd,
  interruption,
  openError,
  refusal,
  VERSION_MISMATCH,
  type DisconnectDescription,
  type DisconnectReason,
} from './reasons.js';
import type { SocketSink } from './router.js';
import { RetryQueue } from './retries.js';

/** The events that a Socket emits by itself. */
export interface SocketReservedEvents {
  connect: () => void;
  /** The server refused (with its `data`), or the connection did not come about. */
  connect_error: (error: TabcastError) => void;
  disconnect: (reason: DisconnectReason, description?: DisconnectDescription) => void;
}

/** Events kept until CONNECT is answered: those that a recovered session missed. */
const MAX_HELD = 10_000;

/** How a Socket is tied to its Manager. */
export interface SocketTies {
  readonly link: Link;
  readonly drain: Drain;
  /** The Socket wants the connection; it opens if need be. */
  joined(): void;
  /** The Socket does not want it any more; `number` says that the core has still to hear of it. */
  left(number?: number): void;
  /** Something could not be read; the Socket goes on. */
  failed(error: TabcastError): void;
}

interface HeldEvent {
  readonly json: Payload;
  readonly attachments: readonly ArrayBuffer[] | undefined;
  readonly ack: number;
}

/**
 * One namespace of a server: emits events, and hears those that the server emits.
 *
 * Made by `io()` or `Manager.socket()`.
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends CatchAllEmitter<ListenEvents, SocketReservedEvents> {
  /** The Manager of the connection. */
  readonly io: Manager;
  /** The namespace. */
  readonly nsp: string;
  /** Given by the server for this connection; `undefined` while there is none. */
  id: string | undefined;
  connected = false;
  /** Whether the server restored the session of the connection before, with what was missed. */
  recovered = false;
  /** Read, or called, each time that the namespace connects. */
  auth: Auth | undefined;

  readonly #ties: SocketTies;
  readonly #number: number;
  readonly #ackTimeout: number | undefined;
  readonly #delivery: Delivery;
  readonly #outbox: Outbox;
  readonly #queue: RetryQueue | undefined;
  readonly #admission: Admission;
  readonly #names = new NameReader();
  /** Events that came before CONNECT was answered. */
  #held: HeldEvent[] = [];
  #active = false;
  /** The core is asked to connect at this moment. */
  #isJoining = false;
  /** Ends the wait to be told that it is connected. */
  #entry: object | undefined;
  /**
   * While it is leaving: what is told behind `disconnect`. That is told here and not by the core,
   * after the connection was closed if nobody needs it.
   */
  #behind: (() => void)[] | undefined;
  #flags: Partial<Flags> = {};

  /** @internal Use `io()` or `Manager.socket()`. */
  constructor(io: Manager, nsp: string, options: Partial<SocketOptions>, ties: SocketTies) {
    super();
    this.io = io;
    this.nsp = nsp;
    this.auth = options.auth;
    this.#ackTimeout = options.ackTimeout;
    this.#delivery = options.delivery ?? 'at-most-once';
    this.#ties = ties;
    this.#number = ties.link.attach({
      connected: (sid, recovered) => this.#onConnected(sid, recovered),
      connectError: (json, active) => this.#onConnectError(json, active),
      disconnected: (reason, ...why) => this.#onDisconnected(reason as DisconnectReason, ...why),
      event: (json, attachments, ack) => this.#onEvent(json, attachments, ack),
      acked: (id, json, attachments) => this.#onAcked(id, json, attachments),
      ackFailed: (...failure) => {
        if (this.#behind) this.#behind.push(() => this.#onAckFailed(...failure));
        else this.#onAckFailed(...failure);
      },
      sent: (id) => this.#onSent(id),
      authWanted: (...question) => this.#onAuthWanted(...question),
    });
    this.#outbox = new Outbox(ties.link, this.#number, (error) => ties.failed(error));
    this.#admission = new Admission(ties.link, options.retryRefused === true);
    if (options.retries) {
      this.#queue = new RetryQueue(
        options.retries,
        () => this.connected,
        ({ id, event, values, flags, settled }, callback) => {
          const ack = { callback, withError: true, isReceipt: settled === undefined };
          this.#outbox.send(event, values, flags, ack, id);
        },
      );
    }
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether the Socket is connected, or will be when the connection is there. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * What has not been sent yet, oldest first: a copy.
   *
   * Assign to it to take events back: those that are not in the new list are not sent, and their
   * acknowledgements are forgotten.
   */
  get sendBuffer(): readonly BufferedPacket[] {
    return this.#outbox.packets();
  }

  set sendBuffer(packets: readonly { readonly data: readonly unknown[] }[]) {
    this.#outbox.keepOnly(packets);
  }

  /** Names and arguments of what came before the namespace is connected: a copy. */
  get receiveBuffer(): readonly (readonly unknown[])[] {
    return this.#held.map(({ json, attachments }) => decodeEvent(json, attachments));
  }

  /** Connects, unless that has been done; after a failed attempt, tries again. */
  connect(): this {
    if (this.connected) return this;
    const wasActive = this.#active;
    this.#active = true;
    this.#ties.joined();
    if (!wasActive) {
      this.#isJoining = true;
      this.#run((connection) => connection.connect(this.#number, this.nsp));
      this.#isJoining = false;
    }
    return this;
  }

  /** Same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace, for good: `connect` comes back. What has not been sent is kept. */
  disconnect(): this {
    if (!this.#active) return this;
    this.#active = false;
    const behind: (() => void)[] = (this.#behind = []);
    this.#ties.left(this.#number);
    this.#behind = undefined;
    this.#onDisconnected('io client disconnect');
    for (const tell of behind) tell();
    return this;
  }

  /** Same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /**
   * Sends an event; while not connected, keeps it until then.
   *
   * If the last argument is a function, it is called with the values of the acknowledgement; behind
   * `timeout()`, with an error or `null` before them. A `Blob` is read first, and what is emitted
   * after it waits, so that the order stays.
   *
   * With the option `retries`, the event is sent again until it is acknowledged, and the callback
   * gets an error or `null` first in any case.
   *
   * @throws {@link TabcastError} `invalid` if the name is reserved, or an argument cannot be encoded
   */
  emit<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: EventParams<EmitEvents, Event>
  ): this {
    const flags = this.#takeFlags();
    const values: unknown[] = [...args];
    const last = values.at(-1);
    const callback = typeof last === 'function' ? (last.bind(this) as AnyListener) : undefined;
    if (callback) values.pop();
    this.#send(event, values, flags, callback, flags.timeout !== undefined || !!flags.signal);
    return this;
  }

  /** Sends the event `message`. */
  send(...args: any[]): this {
    return this.emit(
      'message' as EventNames<EmitEvents>,
      ...(args as EventParams<EmitEvents, EventNames<EmitEvents>>),
    );
  }

  /**
   * Sends an event; the promise resolves to the first value of the acknowledgement.
   *
   * It rejects with a {@link TabcastError}: `timeout` behind `timeout()`, `disconnected`,
   * `buffer_full`, `unsupported`, or `invalid` if an argument cannot be encoded; with a
   * {@link DeliveryUnknown} if the event may have been carried out all the same.
   */
  emitWithAck<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<AckValue<EventParams<EmitEvents, Event>>> {
    const flags = this.#takeFlags();
    return new Promise((resolve, reject) => {
      const callback = (error: unknown, value?: unknown): void => {
        if (error) reject(error);
        else resolve(value as AckValue<EventParams<EmitEvents, Event>>);
      };
      this.#send(event, args, flags, callback, true);
    });
  }

  /** Limits the wait for the acknowledgement of the next event, in milliseconds. */
  timeout(timeout: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>> {
    this.#flags.timeout = timeout;
    return this as unknown as Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>>;
  }

  /**
   * Resolves when all that was emitted has been handed to the connection, and the connection has
   * sent so much of it that there is room for more. Await it between batches of a large upload.
   */
  drained(): Promise<void> {
    return this.#ties.drain.wait(() => this.#outbox.isEmpty);
  }

  /**
   * Ends the wait for the acknowledgement of the next event when `signal` is aborted, with a
   * {@link TabcastError} `aborted`. An event that has not been sent by then is not sent.
   */
  signal(signal: AbortSignal): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>> {
    this.#flags.signal = signal;
    return this as unknown as Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>>;
  }

  /** Says how often the next event may be carried out, in place of the option `delivery`. */
  delivery(delivery: Delivery): this {
    this.#flags.delivery = delivery;
    return this;
  }

  /** The next event is dropped, not kept, if it cannot be sent at once. */
  get volatile(): this {
    this.#flags.volatile = true;
    return this;
  }

  /**
   * Shown in the `packetCreate` event of the engine, for compatibility: a browser itself decides
   * about the compression of a WebSocket.
   */
  compress(compress: boolean): this {
    this.#ties.link.markCompression(compress);
    return this;
  }

  /** @internal Under the name that it has upstream, as is `_queue`: apps look how much waits. */
  get acks(): object {
    return this.#outbox.awaited();
  }

  /** @internal */
  get _queue(): { readonly length: number } {
    return this.#queue ?? [];
  }

  /**
   * @internal Under the name that it has upstream: takes in a packet as if the server had sent it.
   * Whether the Socket is connected, only the core can say.
   */
  onpacket({ type, nsp, id = -1, data }: ParserPacket): void {
    if (nsp !== this.nsp) return;
    if (type === 0 && !data?.sid) this.emitReserved('connect_error', openError(VERSION_MISMATCH));
    else if (type === 2) this.#onEvent(data, undefined, id);
    else if (type === 3) this.#onAcked(id, data, undefined);
  }

  /** @internal The connection did not come about. */
  _openFailed(error: TabcastError): void {
    if (this.#active && !this.connected) this.emitReserved('connect_error', error);
  }

  /** @internal The core cannot be loaded: nothing of what waits will be answered. */
  _loadFailed(error: TabcastError): void {
    this.#outbox.failAll(error);
    this._openFailed(error);
  }

  /** @internal The user logged out; a Socket that is not connected hears it only so. */
  _loggedOut(): void {
    this.#held = [];
    this.#leave();
  }

  #run(call: Parameters<Link['run']>[0]): void {
    this.#ties.link.run(call);
  }

  #takeFlags(): Flags {
    const { volatile = false, timeout = this.#ackTimeout, delivery = this.#delivery } = this.#flags;
    const { signal } = this.#flags;
    this.#flags = {};
    return { volatile, timeout, signal, delivery };
  }

  #send(
    event: string | symbol,
    values: readonly unknown[],
    flags: Flags,
    callback: AnyListener | undefined,
    withError: boolean,
  ): void {
    checkEventName(event);
    flags.signal?.throwIfAborted();
    if (flags.volatile && !(this.connected && this.#ties.link.writable)) {
      if (withError) callback?.(new TabcastError('disconnected', 'the event has been discarded'));
    } else if (this.#queue && !flags.volatile) {
      this.#queue.add({ event, values, flags, settled: callback });
    } else {
      this.#outbox.send(event, values, flags, callback && { callback, withError });
    }
    if (this.connected) this.#ties.link.wrote();
  }

  /** Other tabs may be connected already; the app, too, hears of it behind `connect()`, not in it. */
  #onConnected(sid: string, recovered: boolean): void {
    if (!this.#isJoining) return this.#enter(sid, recovered);
    const entry = (this.#entry = {});
    queueMicrotask(() => {
      if (this.#entry === entry) this.#enter(sid, recovered);
    });
  }

  #enter(sid: string, recovered: boolean): void {
    this.#entry = undefined;
    this.id = sid;
    this.recovered = recovered;
    this.connected = true;
    const held = this.#held;
    this.#held = [];
    this.#admission.settle();
    for (const { json, attachments, ack } of held) this.#deliver(json, attachments, ack);
    // What was kept has left by now, although the core tells it later.
    for (const id of [...this.#outbox.unsent.keys()]) this.#onSent(id);
    this.#queue?.resume();
    if (this.connected) this.emitReserved('connect');
  }

  #onConnectError(json: string, active: boolean): void {
    const error = active ? interruption(json) : refusal(json);
    if (active) {
      this.emitReserved('connect_error', error);
    } else if (!this.connected && this.#admission.triesAgain(this.auth, error)) {
      this.#run((connection) => connection.connect(this.#number, this.nsp));
    } else {
      this.#admission.settle();
      this.#onDisconnected('io server disconnect');
      this.#leave();
      this.emitReserved('connect_error', error);
    }
  }

  #onDisconnected(reason: DisconnectReason, detail?: string, more?: string): void {
    this.#held = [];
    this.#entry = undefined;
    this.#outbox.dropVolatile();
    this.#ties.drain.check();
    if (!this.connected || this.#behind) return;
    this.connected = false;
    this.id = undefined;
    if (this.#delivery === 'at-most-once') this.#outbox.interrupt();
    if (reason === 'io server disconnect' || reason === 'logout') this.#leave();
    const description = describeEnd(reason, detail, more);
    if (description) this.emitReserved('disconnect', reason, description);
    else this.emitReserved('disconnect', reason);
  }

  #leave(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#ties.left();
  }

  /** What is delivered before `connected` is set would look to the app like a stray. */
  #onEvent(json: Payload, attachments: readonly ArrayBuffer[] | undefined, ack: number): void {
    if (this.connected) {
      this.#deliver(json, attachments, ack);
    } else if (this.#held.length < MAX_HELD) {
      this.#held.push({ json, attachments, ack });
    } else {
      const message = 'unable to keep the event; too many came before the namespace connected';
      this.#ties.failed(new TabcastError('too_large', message));
    }
  }

  #deliver(json: Payload, attachments: readonly ArrayBuffer[] | undefined, ack: number): void {
    const catchAll = this.listenersAny();
    const name = catchAll.length > 0 ? undefined : this.#names.peek(json);
    const listeners =
      name === undefined ? undefined : this.listeners(name as EventNames<ListenEvents>);
    if (listeners?.length === 0) return;
    let args: unknown[];
    try {
      args = decodeEvent(json, attachments);
    } catch (error) {
      this.#ties.failed(error as TabcastError);
      return;
    }
    if (ack >= 0) args.push(this.#answer(ack));
    if (catchAll.length > 0) this.callEach(catchAll, args);
    if (listeners) this.callEach(listeners, args.slice(1));
    else this.dispatch(args[0] as string | number, args.slice(1));
  }

  /** The function that a listener calls to acknowledge; the first call counts. */
  #answer(ack: number): AnyListener {
    let answered = false;
    return (...values) => {
      if (answered) return;
      answered = true;
      this.#outbox.acknowledge(ack, values);
    };
  }

  #onAcked(id: number, json: Payload, attachments: readonly ArrayBuffer[] | undefined): void {
    if (!this.#outbox.acks.has(id)) return;
    const values = this.#read(
      () => decodeAck(json, attachments),
      (error) => this.#outbox.fail(id, error),
    );
    if (values) this.#outbox.resolve(id, values);
  }

  #onAckFailed(...failure: Parameters<SocketSink['ackFailed']>): void {
    this.#outbox.giveUp(...failure);
    this.#ties.drain.check();
  }

  #onSent(id: number): void {
    const data = this.#outbox.takeSent(id);
    if (data) this.callEach(this.listenersAnyOutgoing(), data);
    this.#ties.drain.check();
  }

  #onAuthWanted(...question: Parameters<SocketSink['authWanted']>): void {
    const isShared = this.io.opts.tabs?.shareAuth === true;
    this.#admission.answer(question, this.auth, isShared, (cause) => this.#onAuthFailed(cause));
  }

  #onAuthFailed(cause: unknown): void {
    if (!this.#active) return;
    this.disconnect();
    const error = new TabcastError('unauthorized', 'unable to connect; auth failed', { cause });
    this.emitReserved('connect_error', error);
  }

  #read<T>(decode: () => T, failed?: (error: TabcastError) => void): T | undefined {
    try {
      return decode();
    } catch (error) {
      failed?.(error as TabcastError);
      this.#ties.failed(error as TabcastError);
      return undefined;
    }
  }
}

export namespace Socket {
  /** Same as the exported `DisconnectReason`, under the name that it has upstream. */
  export type DisconnectReason = import('./reasons.js').DisconnectReason;
}
