import type { Connection, ConnectionConfig, Core } from '../core/connection.js';
import { loadCore } from '../core/load.js';
import { headStart, type HeadStart } from './head-start.js';
import { Router, type ManagerSink, type SocketSink } from './router.js';

/**
 * The way of a Manager to its connection in the core.
 *
 * Calls made before the core is loaded wait, and take effect in order when it is.
 */
export class Link {
  /** Whether payloads are handed over as they are, for a parser of the app. */
  readonly hasCodec: boolean;
  readonly #configure: () => ConnectionConfig;
  readonly #listeners: { readonly manager: ManagerSink; readonly sockets: SocketSink[] };
  readonly #loadFailed: (error: unknown) => void;
  #connection: Connection | undefined;
  #router: Router | undefined;
  #held = true;
  #waiting: ((connection: Connection) => void)[] = [];
  #isLoading = false;
  #headStart: HeadStart | undefined;
  readonly #observers = new Set<object>();
  #writable = true;
  readonly #turnEnded = (): void => {
    this.#writable = true;
  };
  #compresses = true;
  /** The configuration that the connection has, as text. */
  #configured = '';

  /**
   * @param configure is asked when the connection is made, and when something may have changed
   * @param loadFailed is called if the core cannot be loaded
   */
  constructor(
    configure: () => ConnectionConfig,
    manager: ManagerSink,
    loadFailed: (error: unknown) => void,
    hasCodec: boolean,
  ) {
    this.hasCodec = hasCodec;
    this.#configure = configure;
    this.#loadFailed = loadFailed;
    this.#listeners = { manager, sockets: [] };
  }

  /** Whether the connection has been made. */
  get ready(): boolean {
    return this.#connection !== undefined;
  }

  /** How the tab does in sharing; `undefined` before the connection is made. */
  inspect(): Uint32Array | undefined {
    return this.#connection?.inspect();
  }

  /** Whether nothing has been handed over since this turn of the event loop began. */
  get writable(): boolean {
    return this.#writable;
  }

  /** Something was handed over: until the turn is over there is no telling whether it is gone. */
  wrote(): void {
    if (!this.#writable) return;
    this.#writable = false;
    // Cheaper than `queueMicrotask`, which is the browser's and not the engine's.
    void TURN.then(this.#turnEnded);
  }

  /** Whether the packets of this turn of the event loop are to be compressed. */
  get compresses(): boolean {
    return this.#compresses;
  }

  markCompression(compresses: boolean): void {
    this.#compresses = compresses;
    queueMicrotask(() => {
      this.#compresses = true;
    });
  }

  /** Lets a Socket hear from the connection; gives the number by which the core knows it. */
  attach(socket: SocketSink): number {
    return this.#listeners.sockets.push(socket) - 1;
  }

  /** Calls the connection now, or when it is there. */
  run(call: (connection: Connection) => void): void {
    if (this.#connection && this.#waiting.length === 0) call(this.#connection);
    else this.#waiting.push(call);
  }

  /**
   * Sends an event past the core, if nothing waits that it would overtake and the core allows it; says
   * whether it has left.
   */
  sendPlain(
    socket: number,
    id: number,
    json: string,
    wantsAck: boolean,
    timeoutMs: number,
  ): boolean {
    if (this.#waiting.length > 0) return false;
    const hasLeft = this.#router?.filter.send(socket, id, json, wantsAck, timeoutMs) ?? false;
    if (hasLeft) this.#listeners.sockets[socket]?.sent(id);
    return hasLeft;
  }

  /** Says whether `observer` wants to hear of single packets; they are reported while anybody does. */
  observe(observer: object, observes: boolean): void {
    if (observes) this.#observers.add(observer);
    else this.#observers.delete(observer);
    const isObserved = this.#observers.size > 0;
    this.run((connection) => connection.observe(isObserved));
  }

  /** Opens the connection; its first WebSocket does not wait for the core. */
  open(): void {
    this.run((connection) => connection.open());
    this.load();
    if (!this.ready) this.#headStart ??= headStart(this.#configure);
  }

  /** Closes the connection. */
  close(): void {
    this.#headStart?.close();
    this.run((connection) => connection.close());
  }

  /**
   * Loads the core if that has not been done. What waits goes on waiting if that is impossible, for
   * the next try.
   */
  load(): void {
    if (this.ready || this.#isLoading) return;
    this.#isLoading = true;
    loadCore()
      .then((core) => this.#start(core))
      .catch(this.#loadFailed)
      .finally(() => {
        this.#isLoading = false;
        // Not what the core wanted, or there is none.
        this.#headStart?.close();
        this.#headStart = undefined;
      });
  }

  /** Passes on what has changed in the configuration since the connection got it. */
  configure(): void {
    if (!this.#connection) return;
    const config = this.#configure();
    const text = JSON.stringify(config);
    if (text === this.#configured) return;
    this.#configured = text;
    this.#connection.configure(config);
  }

  /** Whether the connection keeps Manager and Sockets alive, although the app dropped them. */
  hold(held: boolean): void {
    this.#held = held;
    this.#router?.hold(held);
  }

  #start(core: Core): void {
    const router = new Router(this.#listeners);
    const config = this.#configure();
    const ahead = this.#headStart;
    const openSocket = (url: string, protocols: readonly string[]): WebSocket =>
      ahead?.take(url, protocols) ?? new WebSocket(url, [...protocols]);
    const connection = new core.Connection(
      { ...config, filter: router.filter, openSocket },
      router,
    );
    router.filter.ask(connection);
    this.#configured = JSON.stringify(config);
    this.#router = router;
    this.#connection = connection;
    router.hold(this.#held);
    // What listeners call meanwhile is appended, and so stays behind what was there before.
    for (const call of this.#waiting) call(connection);
    this.#waiting = [];
  }
}

/** What follows it comes when this turn of the event loop is over. */
const TURN = Promise.resolve();
