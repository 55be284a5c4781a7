import { MemoryStore } from './memory-store.js';
import { Receiver, type Context } from './receiver.js';
import { eachNamespace, isUsable, type ServerSocket, type SocketServer } from './socket-io.js';
import type { DeliveryStore } from './store.js';

/** Options of {@link deduplicate}. All are optional. */
export interface DeduplicateOptions {
  /** Where it is remembered what was carried out. Default: a `MemoryStore`. */
  readonly store?: DeliveryStore;
  /**
   * Whose the socket is: ids and answers of different users never meet, and limits count for each.
   * Asked when the first event comes. Default: all are one.
   */
  readonly user?: (socket: ServerSocket) => string | undefined;
  /** Is told when the store fails. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Lets a server carry out each event once that a tabcast client emits with the delivery
 * `exactly-once`, however often it is sent; a repetition gets the answer of the first.
 *
 * Listeners, catch-all listeners and middlewares of sockets see the event as it was emitted. Other
 * clients and other events are left alone. Call it once, before clients connect.
 *
 * @param io a `Server` of socket.io 4.6 or newer, for all its namespaces, or one `Namespace`
 */
export function deduplicate(io: SocketServer, options: DeduplicateOptions = {}): void {
  const context: Context = {
    store: options.store ?? new MemoryStore(),
    user: options.user ?? (() => undefined),
    onError: options.onError ?? ((error) => console.error(error)),
    running: new Map(),
  };
  eachNamespace(io, (nsp) => {
    const createSocket = nsp._createSocket;
    nsp._createSocket = async (...args) => {
      const memory = await nameOf(context);
      const socket = await createSocket.apply(nsp, args);
      if (memory !== undefined && isUsable(socket)) new Receiver(socket, context).install(memory);
      return socket;
    };
  });
}

/** Clients that connect while the store fails are told that nothing is remembered. */
async function nameOf({ store, onError }: Context): Promise<string | undefined> {
  try {
    return await store.name();
  } catch (error) {
    onError(error);
    return undefined;
  }
}
