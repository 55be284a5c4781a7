import type { Connection, ConnectionConfig, Core } from '../core/connection.js';
import { loadCore } from '../core/load.js';
import { Router, type ManagerSink, type SocketSink } from './router.js';

/**
 * The way of a Manager to its connection in the core.
 *
 * Calls made before the core is loaded wait, and take effect in order when it is.
 */
export class Link {
  readonly #configure: () => ConnectionConfig;
  readonly #listeners: { readonly manager: ManagerSink; readonly sockets: SocketSink[] };
  #connection: Connection | undefined;
  #router: Router | undefined;
  #held = true;
  #waiting: ((connection: Connection) => void)[] = [];

  /** @param configure is asked when the connection is made */
  constructor(configure: () => ConnectionConfig, manager: ManagerSink) {
    this.#configure = configure;
    this.#listeners = { manager, sockets: [] };
  }

  /** Whether the connection has been made; its configuration cannot change any more. */
  get ready(): boolean {
    return this.#connection !== undefined;
  }

  /** How the tab does in sharing; `undefined` before the connection is made. */
  inspect(): Uint32Array | undefined {
    return this.#connection?.inspect();
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
   * Loads the core if that has not been done.
   *
   * @param failed is called if that is impossible; what waits goes on waiting for the next try
   */
  load(failed: (error: unknown) => void): void {
    if (this.ready) return;
    loadCore()
      .then((core) => {
        if (!this.ready) this.#start(core);
      })
      .catch(failed);
  }

  /** Whether the connection keeps Manager and Sockets alive, although the app dropped them. */
  hold(held: boolean): void {
    this.#held = held;
    this.#router?.hold(held);
  }

  #start(core: Core): void {
    const router = new Router(this.#listeners);
    const connection = new core.Connection(this.#configure(), router);
    this.#router = router;
    this.#connection = connection;
    router.hold(this.#held);
    // What listeners call meanwhile is appended, and so stays behind what was there before.
    for (const call of this.#waiting) call(connection);
    this.#waiting = [];
  }
}
