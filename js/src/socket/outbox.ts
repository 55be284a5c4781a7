import type { AckFailure } from '../core/connection.js';
import { reportUncaught, TabcastError } from '../errors.js';
import { ackError, Acks, type PendingAck } from './acks.js';
import { Lane } from './lane.js';
import type { Link } from './link.js';
import { encodePayload, readBlobs, RESERVED_EVENTS } from './payload.js';

/** How the next event is to be sent. */
export interface Flags {
  volatile: boolean;
  /** For the acknowledgement, in milliseconds. */
  timeout: number | undefined;
}

/** What a Socket sends: events on their way to the core, and who waits for an answer. */
export class Outbox {
  readonly acks = new Acks();
  readonly #link: Link;
  readonly #socket: number;
  readonly #lane = new Lane();
  /** Events that have not left yet, for `onAnyOutgoing`. */
  readonly #unsent = new Map<
    number,
    { readonly data: readonly unknown[]; readonly volatile: boolean }
  >();
  #nextId = 0;

  /** @param socket the number by which the core knows the Socket */
  constructor(link: Link, socket: number) {
    this.#link = link;
    this.#socket = socket;
  }

  /** @throws {@link TabcastError} `invalid` if the event cannot be sent; nothing has happened then */
  send(
    event: string | symbol,
    values: readonly unknown[],
    flags: Flags,
    ack: PendingAck | undefined,
  ): void {
    checkName(event);
    const data = [event, ...values];
    const { json, attachments } = encodePayload(data);
    const blobs = readBlobs(attachments);
    const id = this.#nextId++;
    if (ack) this.acks.add(id, ack);
    const { volatile } = flags;
    const remaining = countdown(
      ack && flags.timeout,
      this.#link.ready && this.#lane.idle && !blobs,
    );
    this.#lane.run(
      blobs,
      (read) =>
        this.#link.run((connection) => {
          if (ack && !this.acks.has(id)) return;
          const parts = read ?? (attachments as ArrayBuffer[] | undefined);
          this.#unsent.set(id, { data, volatile });
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

  /** Forgets volatile events. The core does not say that it dropped one. */
  dropVolatile(): void {
    for (const [id, { volatile }] of this.#unsent) if (volatile) this.#unsent.delete(id);
  }

  #onUnreadable(id: number | undefined, cause: unknown): void {
    const error = new TabcastError('invalid', 'unable to send; a blob cannot be read', { cause });
    if (id !== undefined && this.acks.has(id)) this.acks.fail(id, error);
    else reportUncaught(error);
  }
}

function checkName(event: unknown): void {
  if (RESERVED_EVENTS.has(event)) {
    throw new TabcastError('invalid', `"${String(event)}" is a reserved event name`);
  }
  if (typeof event !== 'string' && typeof event !== 'number') {
    throw new TabcastError('invalid', 'unable to emit; the name of an event is a string');
  }
}

/** Milliseconds left of a timeout, whenever asked; -1 if there is none. */
function countdown(timeout: number | undefined, atOnce: boolean): () => number {
  if (timeout === undefined || timeout === Infinity) return () => -1;
  if (atOnce) return () => Math.max(0, timeout);
  const deadline = performance.now() + timeout;
  return () => Math.max(0, Math.ceil(deadline - performance.now()));
}
