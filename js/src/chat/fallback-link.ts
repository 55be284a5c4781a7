import { TabcastError } from '../errors.js';
import type { Link, LinkManager } from './link.js';
import type { StreamLink, StreamSink } from './stream-link.js';
import type { Transport } from './types.js';

type Listener = (payload: unknown) => void;

/**
 * One link made of two: a socket, and a stream while no socket can be had.
 *
 * The socket goes on trying meanwhile, and takes over again as soon as it connects. For whoever
 * uses the link, each change is a lost connection and a new one: what that does to messages is
 * decided there, by their ids and cursors. An event `transport` says that a session was upgraded.
 */
export class FallbackLink implements Link {
  readonly #socket: Link;
  readonly #stream: StreamLink | undefined;
  readonly #afterMs: number;
  readonly #listeners = new Map<string, Listener[]>();
  #wanted = false;
  #onStream = false;
  #failures = 0;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param makeStream makes the second way; `undefined`: there is none
   * @param afterMs how long to wait for the socket
   */
  constructor(
    socket: Link,
    makeStream: ((sink: StreamSink) => StreamLink) | undefined,
    afterMs: number,
  ) {
    this.#socket = socket;
    this.#afterMs = afterMs;
    this.#stream = makeStream?.({
      up: () => this.#fire('connect', undefined),
      down: () => this.#fire('disconnect', 'transport close'),
      ended: (error) => this.#streamEnded(error),
      event: (event, payload) => this.#fire(event, payload),
    });
    socket.on('connect', () => this.#socketUp());
    socket.on('disconnect', (reason) => this.#socketDown(reason));
    socket.on('connect_error', (error) => this.#socketFailed(error));
  }

  get io(): LinkManager {
    return this.#socket.io;
  }

  get connected(): boolean {
    return this.#onStream ? this.#stream!.connected : this.#socket.connected;
  }

  get active(): boolean {
    return this.#onStream || this.#socket.active;
  }

  get recovered(): boolean {
    return !this.#onStream && this.#socket.recovered;
  }

  get transport(): Transport | null {
    if (!this.connected) return null;
    return this.#onStream ? 'sse' : (this.#socket.io.engine?.transport.name ?? 'websocket');
  }

  connect(): void {
    this.#wanted = true;
    this.#waitForSocket();
    this.#socket.connect();
    this.#stream?.retry();
  }

  disconnect(): void {
    this.#wanted = false;
    clearTimeout(this.#deadline);
    const wasUp = this.#leaveStream();
    this.#socket.disconnect();
    if (wasUp) this.#fire('disconnect', 'io client disconnect');
  }

  on(event: 'connect_error', listener: (error: TabcastError) => void): void;
  on(event: string, listener: Listener): void;
  on(event: string, listener: (payload: never) => void): void {
    // Each event has payloads of its own kind.
    const own = listener as Listener;
    const known = this.#listeners.get(event);
    this.#listeners.set(event, [...(known ?? []), own]);
    if (known || OWN_EVENTS.has(event)) return;
    this.#socket.on(event, (payload) => {
      if (!this.#onStream) this.#fire(event, payload);
    });
  }

  emit(event: string, payload: unknown): void {
    if (this.#onStream) this.#stream!.emit(event, payload);
    else this.#socket.emit(event, payload);
  }

  timeout(ms: number): { emitWithAck(event: string, payload: unknown): Promise<unknown> } {
    if (!this.#onStream) return this.#socket.timeout(ms);
    return { emitWithAck: (event, payload) => this.#stream!.call(event, payload, ms) };
  }

  #socketUp(): void {
    clearTimeout(this.#deadline);
    this.#failures = 0;
    if (this.#leaveStream()) this.#fire('disconnect', 'transport change');
    this.#socket.io.engine?.once('upgrade', () => this.#fire('transport', undefined));
    this.#fire('connect', undefined);
  }

  #socketDown(reason: unknown): void {
    if (this.#onStream) return;
    this.#waitForSocket();
    this.#fire('disconnect', reason);
  }

  #socketFailed(error: TabcastError): void {
    // A server that refuses was reached: no other way leads to another answer.
    const isUnreachable = this.#socket.active;
    if (this.#onStream && isUnreachable) return;
    if (isUnreachable) this.#failures += 1;
    this.#fire('connect_error', error);
    if (isUnreachable && this.#failures >= MAX_FAILURES) this.#takeStream();
  }

  #waitForSocket(): void {
    clearTimeout(this.#deadline);
    this.#failures = 0;
    if (!this.#stream || !this.#wanted) return;
    this.#deadline = setTimeout(() => this.#takeStream(), this.#afterMs);
  }

  #takeStream(): void {
    if (!this.#stream || !this.#wanted || this.#onStream || this.#socket.connected) return;
    clearTimeout(this.#deadline);
    this.#onStream = true;
    this.#stream.open();
  }

  /** Gives whether it was connected. */
  #leaveStream(): boolean {
    const wasUp = this.#onStream && this.connected;
    this.#onStream = false;
    this.#stream?.close();
    return wasUp;
  }

  #streamEnded(error: TabcastError): void {
    this.#onStream = false;
    if (!this.#wanted) return;
    const isRefusal = error.status === 401;
    // Whoever hears of a refusal says what is to be tried next.
    if (isRefusal) this.#socket.disconnect();
    else this.#waitForSocket();
    this.#fire('connect_error', isRefusal ? asRefusal(error) : error);
  }

  #fire(event: string, payload: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload);
  }
}

/** As a socket would tell it. */
function asRefusal(cause: TabcastError): TabcastError {
  const { message } = cause;
  const data = { code: 'unauthorized', message, retryable: false };
  return new TabcastError('refused', message, { status: 401, data, cause });
}

const OWN_EVENTS: ReadonlySet<string> = new Set([
  'connect',
  'disconnect',
  'connect_error',
  'transport',
]);
const MAX_FAILURES = 3;
