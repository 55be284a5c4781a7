import { TabcastError } from '../../errors.js';
import type { AckValue, EventNames, EventsMap } from '../../socket/events.js';
import type { Socket } from '../../socket/socket.js';
import {
  IDLE,
  type SharedSocket,
  type SocketSnapshot,
  type SocketSource,
} from './shared-socket.js';

/** Arguments to emit an event with: all but an acknowledgement callback. */
export type EmitArgs<Listener> = Listener extends (...args: infer Args) => unknown
  ? Args extends [...infer Head, infer Last]
    ? Last extends (...args: any[]) => unknown
      ? Head
      : Args
    : Args
  : never;

type Params<Listener> = Listener extends (...args: infer Args) => unknown ? Args : never;

/** A Socket for components: it never keeps events silently. */
export interface TypedSocket<Listen extends EventsMap, Emit extends EventsMap> {
  /** Hears an event until the returned function is called. */
  on<Event extends EventNames<Listen>>(event: Event, listener: Listen[Event]): () => void;
  /** @throws {@link TabcastError} `disconnected` while there is no connection */
  emit<Event extends EventNames<Emit>>(event: Event, ...args: EmitArgs<Emit[Event]>): void;
  /**
   * The first value of the acknowledgement; waits at most 10 seconds.
   *
   * Rejects with a {@link TabcastError}: `disconnected`, `timeout`, `delivery_unknown`.
   */
  emitWithAck<Event extends EventNames<Emit>>(
    event: Event,
    ...args: EmitArgs<Emit[Event]>
  ): Promise<AckValue<Params<Emit[Event]>>>;
  /** The same Socket with another limit for acknowledgements, in milliseconds. */
  timeout(ms: number): TypedSocket<Listen, Emit>;
  /** Drops events while there is no connection. */
  readonly volatile: TypedSocket<Listen, Emit>;
  /** Keeps events until there is a connection. */
  readonly buffered: TypedSocket<Listen, Emit>;
}

/** What a component does with its Socket. All functions stay the same. */
export class SocketHandle implements TypedSocket<any, any> {
  readonly #source: SocketSource;
  readonly #mode: 'strict' | 'volatile' | 'buffered';
  readonly #timeout: number;
  #volatile: SocketHandle | undefined;
  #buffered: SocketHandle | undefined;

  constructor(
    source: SocketSource,
    mode: 'strict' | 'volatile' | 'buffered' = 'strict',
    timeout = ACK_TIMEOUT_MS,
  ) {
    this.#source = source;
    this.#mode = mode;
    this.#timeout = timeout;
  }

  readonly on = (event: string | symbol, listener: (...args: any[]) => void): (() => void) => {
    const { socket } = this.#source.find();
    // A function of its own, so that each subscription ends by itself.
    const own = (...args: unknown[]): void => listener(...args);
    socket.on(event as string, own);
    return () => {
      socket.off(event as string, own);
    };
  };

  readonly emit = (event: string | symbol, ...args: unknown[]): void => {
    this.#socketFor('emit')?.emit(event as string, ...args);
  };

  readonly emitWithAck = async (event: string | symbol, ...args: unknown[]): Promise<any> => {
    const socket = this.#socketFor('emitWithAck');
    if (!socket) throw disconnected('emitWithAck');
    return socket.timeout(this.#timeout).emitWithAck(event as string, ...args);
  };

  readonly timeout = (ms: number): SocketHandle => new SocketHandle(this.#source, this.#mode, ms);

  get volatile(): SocketHandle {
    return (this.#volatile ??= new SocketHandle(this.#source, 'volatile', this.#timeout));
  }

  get buffered(): SocketHandle {
    return (this.#buffered ??= new SocketHandle(this.#source, 'buffered', this.#timeout));
  }

  readonly connect = (): void => {
    this.#source.find().connect();
  };

  readonly disconnect = (): void => {
    this.#source.peek()?.disconnect();
  };

  /** Connects while somebody listens. */
  readonly subscribeAndRetain = (listener: () => void): (() => void) => {
    const shared = this.#source.find();
    const unsubscribe = shared.snapshot.subscribe(listener);
    const release = shared.retain();
    return () => {
      unsubscribe();
      release();
    };
  };

  readonly subscribe = (listener: () => void): (() => void) =>
    this.#source.find().snapshot.subscribe(listener);

  readonly getSnapshot = (): SocketSnapshot => this.#source.peek()?.snapshot.getSnapshot() ?? IDLE;

  /** The Socket, if the event may go there now. */
  #socketFor(action: string): Socket | undefined {
    if (this.#mode === 'buffered') return this.#source.find().socket;
    const socket = this.#source.peek()?.socket;
    if (socket?.connected) return this.#mode === 'volatile' ? socket.volatile : socket;
    if (this.#mode === 'volatile') return undefined;
    throw disconnected(action);
  }
}

const ACK_TIMEOUT_MS = 10_000;

function disconnected(action: string): TabcastError {
  return new TabcastError('disconnected', `unable to ${action}; the socket is not connected`);
}
