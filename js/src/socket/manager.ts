import type { ConnectionConfig, ConnectionSink } from '../core/connection.js';
import { reportUncaught, TabcastError } from '../errors.js';
import { Store, type Subscribable } from '../subscribable.js';
import { ParserCodec, type ParserPacket } from './codec.js';
import { Sampled } from '../sampled.js';
import { debugWriter } from './debug.js';
import { Drain } from './drain.js';
import { Emitter } from './emitter.js';
import { Engine, engineSink } from './engine.js';
import type { DefaultEventsMap, EventsMap, ListenableNames, ListenerOf } from './events.js';
import { readInspection, type TabsInspection } from './inspection.js';
import { Link } from './link.js';
import {
  connectionConfig,
  connectionSettings,
  refuseUnsupported,
  type ConnectionSettings,
  type ManagerOptions,
  type SocketOptions,
} from './options.js';
import type { PacketReader } from './packets.js';
import { describe, openError, type DisconnectDescription } from './reasons.js';
import type { ManagerSink } from './router.js';
import { Socket, type SocketTies } from './socket.js';
import { initialTabs, reportedTabs, type TabsState } from './tabs.js';
import { transportNames } from './transports.js';

/** The events that a Manager emits. */
export interface ManagerReservedEvents {
  open: () => void;
  /** The connection did not come about, or something that came could not be read. */
  error: (error: TabcastError) => void;
  /** The server asked whether this side is alive. */
  ping: () => void;
  /** A packet came in, for any namespace; only where the connection is: not in a tab that follows. */
  packet: (packet: ParserPacket) => void;
  close: (reason: string, description?: DisconnectDescription) => void;
  reconnect_attempt: (attempt: number) => void;
  reconnect_error: (error: TabcastError) => void;
  /** All attempts have been used up. */
  reconnect_failed: () => void;
  reconnect: (attempt: number) => void;
  /** The user logged out, in this tab or another that shares the connection. */
  logout: () => void;
}

/** One connection to a server, with all its namespaces. */
export class Manager extends Emitter<{}, ManagerReservedEvents> {
  /** The options. Changes count for the next session, also those made on `reconnect_attempt`. */
  readonly opts: Partial<ManagerOptions>;
  /** How the tabs share this connection. */
  readonly tabs: Subscribable<TabsState>;
  /** What {@link inspect} gives, every second while somebody subscribes. */
  readonly flow: Subscribable<TabsInspection>;
  /** The Sockets so far, by namespace. */
  readonly nsps: Readonly<Record<string, Socket>>;

  readonly #link: Link;
  readonly #settings: ConnectionSettings;
  readonly #sockets = Object.create(null) as Record<string, Socket>;
  readonly #tabs: Store<TabsState>;
  readonly #drain = new Drain();
  readonly #interestListeners = new Set<(key: string, held: boolean) => void>();
  #engine: Engine | undefined;
  /** Reads what comes in a second time, for listeners of `packet`. */
  #packets: Promise<PacketReader> | undefined;
  #opened: ((error?: Error) => void) | undefined;
  #reconnecting = false;
  /** Closed by this tab, and nothing has been opened since. */
  #hasToldClose = false;
  /** Closed by this tab; what it hears of the connection after that concerns the other tabs. */
  #apart = false;

  /**
   * @param uri of the server, or the options; default: the origin of the page
   * @throws {@link TabcastError} `unsupported` if an option cannot be honoured
   */
  constructor(
    uri?: string | Partial<ManagerOptions & SocketOptions>,
    options?: Partial<ManagerOptions & SocketOptions>,
  ) {
    super();
    const address = typeof uri === 'string' ? uri : undefined;
    const given = (typeof uri === 'object' ? uri : options) ?? {};
    refuseUnsupported(given);
    this.opts = { ...given, path: given.path || '/socket.io' };
    this.nsps = this.#sockets;
    this.#tabs = new Store(initialTabs(this.opts));
    this.tabs = this.#tabs;
    this.flow = new Sampled(readInspection(), () => this.inspect(), 1000);
    this.#settings = connectionSettings(this.opts);
    const { parser } = this.opts;
    const tell = (packet: ParserPacket): void => this.emitReserved('packet', packet);
    const codec = parser && new ParserCodec(parser, (packet) => queueMicrotask(() => tell(packet)));
    const configure = (): ConnectionConfig => ({
      ...connectionConfig(address, this.opts, this.#settings),
      ...(codec && { codec }),
    });
    const sink: ManagerSink = {
      loggedOut: () => this.#onLoggedOut(),
      ...engineSink(() => this.#engine),
      packetReceived: (frame) => this.#onPacket(frame),
      opened: (sid, transport) => this.#onOpened(sid, transport),
      openFailed: (...failure) => this.#onOpenFailed(openError(...failure)),
      closed: (reason, ...failure) => this.#onClosed(reason, describe(reason, ...failure)),
      ping: () => this.#onPing(),
      reconnectAttempt: (attempt) => this.#onReconnectAttempt(attempt),
      reconnectError: (...failure) => this.emitReserved('reconnect_error', openError(...failure)),
      reconnectFailed: () => this.#onReconnectFailed(),
      reconnected: (attempt) => this.emitReserved('reconnect', attempt),
      tabs: (...report) => this.#onTabs(report),
      congested: (congested) => this.#drain.setCongested(congested),
      interest: (key, held) => this.#onInterest(key, held),
    };
    const loadFailed = (error: unknown): void => this.#onLoadFailed(error);
    this.#link = new Link(configure, sink, loadFailed, codec !== undefined);
    this.#log();
    if (this.#connectsByItself) this.open();
  }

  /** The session of the current attempt; `undefined` before the first. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /**
   * Opens the connection, unless it is open or being opened.
   *
   * @param callback is called once with the outcome; a failure is then not followed by further
   * attempts
   */
  open(callback?: (error?: Error) => void): this {
    const isOpen = this.#engine !== undefined && this.#engine.readyState !== 'closed';
    if (isOpen && !this.#apart) return this;
    this.#apart = false;
    if (!isOpen) {
      this.#opened = callback;
      this.#engine = this.#newEngine();
    }
    this.#hold();
    this.#link.configure();
    this.#link.open();
    return this;
  }

  override on<Event extends ListenableNames<{}, ManagerReservedEvents>>(
    event: Event,
    listener: ListenerOf<{}, ManagerReservedEvents, Event>,
  ): this {
    if (event === 'packet' && !this.#packets && !this.#link.hasCodec) {
      this.#link.observe(this, true);
      this.#packets = import('./packets.js').then(
        ({ PacketReader }) => new PacketReader((packet) => this.emitReserved('packet', packet)),
      );
    }
    return super.on(event, listener);
  }

  /** Same as {@link open}. */
  connect(callback?: (error?: Error) => void): this {
    return this.open(callback);
  }

  /** The Socket of a namespace, made on the first call; connects it, unless `autoConnect` is off. */
  socket<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(
    nsp: string,
    options: Partial<SocketOptions> = {},
  ): Socket<Listen, Emit> {
    const socket = (this.#sockets[nsp] ??= new Socket(this, nsp, options, this.#ties()));
    if (this.#connectsByItself && !socket.active) socket.connect();
    return socket as unknown as Socket<Listen, Emit>;
  }

  /**
   * Ends the session of the user, in all tabs that share the connection: the server is told, every
   * Socket disconnects (`logout`) until its app connects it again, and what was not sent is
   * forgotten; who waits for an answer gets the error `logged_out`.
   */
  logout(): void {
    this.#link.run((connection) => connection.logOut());
    this.#link.load();
  }

  /** Says whether this tab has a use for `key`, for example a room. */
  setInterest(key: string, held: boolean): void {
    this.#link.run((connection) => connection.setInterest(key, held));
  }

  /**
   * Calls `listener` when a key gets its first holder among all tabs, or loses its last.
   *
   * Only where the connection is: in the leader, or in a tab that shares nothing.
   *
   * @returns a function that ends it
   */
  onInterest(listener: (key: string, held: boolean) => void): () => void {
    const own = (key: string, held: boolean): void => listener(key, held);
    this.#interestListeners.add(own);
    return () => {
      this.#interestListeners.delete(own);
    };
  }

  /** How this tab does in sharing the connection, right now. */
  inspect(): TabsInspection {
    return readInspection(this.#link.inspect());
  }

  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnection(value?: boolean): this | boolean {
    return this.#setting('reconnection', value);
  }

  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionAttempts(value?: number): this | number {
    return this.#setting('reconnectionAttempts', value);
  }

  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelay(value?: number): this | number {
    return this.#setting('reconnectionDelay', value);
  }

  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  reconnectionDelayMax(value?: number): this | number {
    return this.#setting('reconnectionDelayMax', value);
  }

  randomizationFactor(): number;
  randomizationFactor(value: number): this;
  randomizationFactor(value?: number): this | number {
    return this.#setting('randomizationFactor', value);
  }

  timeout(): number | false;
  timeout(value: number | false): this;
  timeout(value?: number | false): this | number | false {
    return this.#setting('timeout', value);
  }

  /** Closes the connection without reconnecting. Sockets come back with {@link open}. */
  _close(): void {
    this.#end(true);
  }

  #end(tells: boolean): void {
    this.#apart = true;
    this.#reconnecting = false;
    // The core tells it late, if a listener is at work, and for each namespace that was the last.
    this.#hasToldClose = true;
    this.#link.close();
    if (tells) this.#tellClosed('forced close', undefined);
    else this.#engineClosed();
  }

  /** The log is a module of its own, for whoever asks for it. */
  #log(): void {
    const write = debugWriter(this.opts.debug);
    if (write) void import('../devtools/log.js').then(({ logTabs }) => logTabs(this, write));
  }

  get #connectsByItself(): boolean {
    return this.opts.autoConnect !== false;
  }

  #ties(): SocketTies {
    return {
      link: this.#link,
      drain: this.#drain,
      joined: () => {
        this.#hold();
        if (this.#apart || !this.#reconnecting) this.open();
      },
      left: (number) => {
        const isLast = !this.#isWanted;
        // If the server has ended it, the core has told the rest already.
        const isTold = number === undefined && this.#engine?.readyState === 'closed';
        this.#hasToldClose ||= isLast;
        if (number !== undefined) this.#link.run((connection) => connection.disconnect(number));
        if (isLast) this.#end(!isTold);
      },
      failed: (error) => this.#onPayloadError(error),
    };
  }

  get #isWanted(): boolean {
    return Object.values(this.#sockets).some((socket) => socket.active);
  }

  /** What nobody uses may be collected when the app drops it. */
  #hold(): void {
    const isClosed = this.#engine === undefined || this.#engine.readyState === 'closed';
    this.#link.hold(!isClosed || this.#reconnecting || this.#isWanted);
  }

  #newEngine(): Engine {
    return new Engine(this.#link, transportNames(this.opts)[0] ?? 'polling', this.#engine);
  }

  #engineClosed(): void {
    this.#engine?._closed();
    this.#hold();
  }

  #setting<Name extends keyof ConnectionSettings>(
    name: Name,
    value: ConnectionSettings[Name] | undefined,
  ): this | ConnectionSettings[Name] {
    if (value === undefined) return this.#settings[name];
    this.#settings[name] = value;
    this.#link.configure();
    return this;
  }

  #onLoggedOut(): void {
    for (const socket of Object.values(this.#sockets)) socket._loggedOut();
    this.emitReserved('logout');
  }

  #onOpened(sid: string, transport: string): void {
    this.#hasToldClose = false;
    // Of another tab, which has taken over.
    const engine = this.#engine?.readyState === 'opening' ? this.#engine : this.#newEngine();
    this.#engine = engine;
    engine._opened(sid, transport);
    this.#reconnecting = false;
    this.emitReserved('open');
    this.#takeOpened()?.();
    engine.emit('open');
  }

  #onPing(): void {
    this.emitReserved('ping');
    this.#engine?.emit('ping');
    this.#engine?.emit('pong');
  }

  #onPacket(frame: string | ArrayBuffer): void {
    this.#engine?._received(frame);
    if (this.hasListeners('packet')) {
      void this.#packets?.then((reader) => reader.add(frame));
    } else if (this.#packets) {
      this.#packets = undefined;
      this.#link.observe(this, false);
    }
  }

  #onOpenFailed(error: TabcastError): void {
    this.#hasToldClose = false;
    this.#reconnecting = this.#settings.reconnection && !this.#opened;
    this.#engineClosed();
    if (this.#opened) this.#link.close();
    const engine = this.#engine;
    for (const socket of Object.values(this.#sockets)) socket._openFailed(error);
    this.emitReserved('error', error);
    this.#takeOpened()?.(error);
    engine?.emit('error', error);
    engine?.emit('close', 'transport error', error);
    this.#link.configure();
  }

  #onLoadFailed(cause: unknown): void {
    const error =
      cause instanceof TabcastError
        ? cause
        : new TabcastError('internal', 'unable to start the connection', { cause });
    this.#engineClosed();
    for (const socket of Object.values(this.#sockets)) socket._loadFailed(error);
    this.emitReserved('error', error);
    this.#takeOpened()?.(error);
  }

  /** Something was lost: that must not go unnoticed, even if nobody listens. */
  #onPayloadError(error: TabcastError): void {
    if (this.hasListeners('error')) this.emitReserved('error', error);
    else reportUncaught(error);
  }

  #takeOpened(): ((error?: Error) => void) | undefined {
    const opened = this.#opened;
    this.#opened = undefined;
    return opened;
  }

  #onClosed(reason: string, description: DisconnectDescription | undefined): void {
    // A failed `open(callback)` ends with the callback; there was nothing to close.
    if (this.#opened && this.#engine?.readyState === 'closed') return;
    if (this.#hasToldClose) return;
    this.#reconnecting = this.#settings.reconnection && reason !== 'forced close';
    this.#tellClosed(reason, description);
  }

  #tellClosed(reason: string, description: DisconnectDescription | undefined): void {
    const engine = this.#engine;
    const told = engine?.readyState === 'closed';
    this.#engineClosed();
    if (description) this.emitReserved('close', reason, description);
    else this.emitReserved('close', reason);
    this.#link.configure();
    if (told) return;
    if (description instanceof TabcastError) engine?.emit('error', description);
    engine?.emit('close', reason, description);
  }

  #onReconnectAttempt(attempt: number): void {
    this.#hasToldClose = false;
    this.#reconnecting = true;
    this.#engine = this.#newEngine();
    this.emitReserved('reconnect_attempt', attempt);
    this.#link.configure();
  }

  #onReconnectFailed(): void {
    this.#reconnecting = false;
    this.#hold();
    this.emitReserved('reconnect_failed');
  }

  #onTabs(report: Parameters<ConnectionSink['tabs']>): void {
    this.#tabs.set(reportedTabs(this.#tabs.getSnapshot(), ...report));
  }

  #onInterest(key: string, held: boolean): void {
    this.callEach([...this.#interestListeners], [key, held]);
  }
}
