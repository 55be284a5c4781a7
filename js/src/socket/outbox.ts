import type { AckFailure } from '../core/connection.js';
import { reportUncaught, TabcastError } from '../errors.js';
import { ackError, Acks, type PendingAck } from './acks.js';
import { Lane } from './lane.js';
import type { Link } from './link.js';
import { encodePayload, readBlobs } from './payload.js';

/** How the next event is to be sent. */
export interface Flags {
  volatile: boolean;
  /** For the acknowledgement, in milliseconds. */
  timeout: number | undefined;
  /** Ends the wait for the acknowledgement, and takes the event back if it has not been sent. */
  signal: AbortSignal | undefined;
}

/** An event that has not left yet. */
export interface UnsentEvent {
  readonly data: readonly unknown[];
  readonly volatile: boolean;
}

/** What a Socket sends: events on their way to the core, and who waits for an answer. */
export class Outbox {
  readonly acks = new Acks();
  readonly #link: Link;
  readonly #socket: number;
  readonly #lane = new Lane();
  /** Events that have not left yet, for `onAnyOutgoing`. */
  readonly #unsent = new Map<number, UnsentEvent>();
  #nextId = 0;

  /** @param socket the number by which the core knows the Socket */
  constructor(link: Link, socket: number) {
    this.#link = link;
    this.#socket = socket;
  }

  /**
   * @throws {@link TabcastError} `invalid` if the event cannot be encoded; nothing has happened then
   */
  send(
    event: string | symbol,
    values: readonly unknown[],
    flags: Flags,
    ack: PendingAck | undefined,
  ): void {
    const data = [event, ...values];
    const { json, attachments } = encodePayload(data);
    const blobs = readBlobs(attachments);
    const id = this.#nextId++;
    const { volatile, signal } = flags;
    if (ack) this.acks.add(id, ack, signal && this.#watch(signal, id));
    this.#unsent.set(id, { data, volatile });
    const remaining = countdown(
      ack && flags.timeout,
      this.#link.ready && this.#lane.idle && !blobs,
    );
    this.#lane.run(
      blobs,
      (read) =>
        this.#link.run((connection) => {
          if (!this.#unsent.has(id)) return;
          const parts = read ?? (attachments as ArrayBuffer[] | undefined);
          connection.emit(this.#socket, id, json, parts, !!ack, volatile, remaining());
        }),
      (cause) => this.#onUnreadable(id, cause),
    );
  }

  /** Answers an event. */
  acknowledge(ack: number, values: readonly unknown[]): void {
    const { json, attachments } = encodePayload(values);
    this.#lane.run(
      readBlobs(attachments),
      (read) =>
        this.#link.run((connection) => {
          const parts = read ?? (attachments as ArrayBuffer[] | undefined);
          connection.acknowledge(this.#socket, ack, json, parts);
        }),
      (cause) => this.#onUnreadable(undefined, cause),
    );
  }

  /** What has not left yet, oldest first. */
  get unsent(): ReadonlyMap<number, UnsentEvent> {
    return this.#unsent;
  }

  /** Takes an event back, if it has not left, and forgets its acknowledgement. */
  cancel(id: number): void {
    this.#unsent.delete(id);
    this.acks.forget(id);
    this.#link.run((connection) => connection.cancel(this.#socket, id));
  }

  /** The name and arguments of an event that leaves; `undefined` if it is unknown. */
  takeSent(id: number): readonly unknown[] | undefined {
    const sent = this.#unsent.get(id);
    this.#unsent.delete(id);
    return sent?.data;
  }

  /** No answer will come to an event. */
  fail(id: number, why: AckFailure): void {
    this.#unsent.delete(id);
    if (this.acks.has(id)) this.acks.fail(id, ackError(why));
    else if (why === 'full') reportUncaught(ackError(why));
  }

  /** Fails everything that can be told so, and forgets it; the rest goes on waiting. */
  failAll(error: TabcastError): void {
    for (const id of this.acks.fallible()) {
      this.#unsent.delete(id);
      this.acks.fail(id, error);
    }
  }

  /** Forgets volatile events. The core does not say that it dropped one. */
  dropVolatile(): void {
    for (const [id, { volatile }] of this.#unsent) if (volatile) this.#unsent.delete(id);
  }

  /** Ends the wait for an acknowledgement when `signal` says so; returns what stops listening. */
  #watch(signal: AbortSignal, id: number): () => void {
    const abort = (): void => {
      const cause: unknown = signal.reason;
      this.#unsent.delete(id);
      this.#link.run((connection) => connection.cancel(this.#socket, id));
      this.acks.fail(id, new TabcastError('aborted', 'operation has been aborted', { cause }));
    };
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }

  #onUnreadable(id: number | undefined, cause: unknown): void {
    const error = new TabcastError('invalid', 'unable to send; a blob cannot be read', { cause });
    if (id !== undefined) this.#unsent.delete(id);
    if (id !== undefined && this.acks.has(id)) this.acks.fail(id, error);
    else reportUncaught(error);
  }
}

/** Milliseconds left of a timeout, whenever asked; -1 if there is none. */
function countdown(timeout: number | undefined, atOnce: boolean): () => number {
  if (timeout === undefined || timeout === Infinity) return () => -1;
  if (atOnce) return () => Math.max(0, timeout);
  const deadline = performance.now() + timeout;
  return () => Math.max(0, Math.ceil(deadline - performance.now()));
}
