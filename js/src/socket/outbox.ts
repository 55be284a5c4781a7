import type { AckFailure, Payload } from '../core/connection.js';
import { reportUncaught, TabcastError } from '../errors.js';
import { abortError, ackError, Acks, type PendingAck } from './acks.js';
import { DELIVERY_NUMBERS, Numbered, verdictError, type Delivery } from './delivery.js';
import { Lane } from './lane.js';
import type { Link } from './link.js';
import { encodePayload, readBlobs, type EncodedPayload } from './payload.js';

/** How the next event is to be sent. */
export interface Flags {
  volatile: boolean;
  /** For the acknowledgement, in milliseconds. */
  timeout: number | undefined;
  /** Ends the wait for the acknowledgement, and takes the event back if it has not been sent. */
  signal: AbortSignal | undefined;
  delivery: Delivery;
}

/** An event that has not left yet. */
export interface UnsentEvent {
  readonly data: readonly unknown[];
  readonly volatile: boolean;
}

/** An event that waits in {@link Socket.sendBuffer}, as upstream shows it. */
export interface BufferedPacket {
  readonly type: 2;
  /** Name and arguments. */
  readonly data: readonly unknown[];
  /** Under this id the acknowledgement is awaited, if one is. */
  readonly id?: number;
}

/** A parser of the app gets the values as they are. */
type Encoded = EncodedPayload | { readonly json: Payload; readonly attachments: undefined };

/** What a Socket sends: events on their way to the core, and who waits for an answer. */
export class Outbox {
  readonly acks = new Acks();
  readonly #link: Link;
  readonly #socket: number;
  readonly #lane = new Lane();
  readonly #numbered = new Numbered();
  readonly #failed: (error: TabcastError) => void;
  /** Events that have not left yet, for `onAnyOutgoing`. */
  readonly #unsent = new Map<number, UnsentEvent>();
  #nextId = 0;
  /** The first event since a connection was lost; those before it went with that. */
  #firstLeft = 0;

  /**
   * @param socket the number by which the core knows the Socket
   * @param failed is told of a loss that nobody waits to hear of
   */
  constructor(link: Link, socket: number, failed: (error: TabcastError) => void) {
    this.#link = link;
    this.#socket = socket;
    this.#failed = failed;
  }

  /**
   * @param retried the same for all tries of an event, if it is tried more than once
   * @throws {@link TabcastError} `invalid` if the event cannot be encoded; nothing has happened then
   */
  send(
    event: string | symbol,
    values: readonly unknown[],
    flags: Flags,
    ack: PendingAck | undefined,
    retried?: number,
  ): void {
    const data = [event, ...values];
    const id = this.#nextId;
    const { volatile, signal } = flags;
    const delivery = volatile ? 'at-most-once' : flags.delivery;
    const isNumbered = delivery === 'exactly-once';
    const { json, attachments } = isNumbered
      ? this.#envelop(id, data, ack !== undefined && !ack.isReceipt, retried)
      : this.#encode(data);
    this.#nextId += 1;
    const blobs = readBlobs(attachments);
    if (ack) this.acks.add(id, ack, signal && this.#watch(signal, id));
    else if (isNumbered) this.acks.add(id, this.#receipt);
    const wantsAck = !!ack || isNumbered;
    this.#unsent.set(id, { data, volatile });
    // The core has the clock.
    if (ack && flags.timeout !== undefined) this.#link.load();
    const remaining = countdown(
      ack && flags.timeout,
      this.#link.ready && this.#lane.idle && !blobs,
    );
    const isPlain = delivery === 'at-most-once' && !volatile && attachments === undefined;
    if (isPlain && this.#sendPlain(id, json, wantsAck, remaining())) return;
    this.#lane.run(
      blobs,
      (read) =>
        this.#link.run((connection) => {
          if (!this.#unsent.has(id)) return;
          const parts = read ?? (attachments as ArrayBuffer[] | undefined);
          const number = DELIVERY_NUMBERS[delivery];
          const timeout = remaining();
          connection.emit(this.#socket, id, json, parts, wantsAck, volatile, timeout, number);
        }),
      (cause) => this.#onUnreadable(id, cause),
    );
  }

  /** Whether all has been handed to the connection. */
  get isEmpty(): boolean {
    return this.#unsent.size === 0 && this.#lane.idle;
  }

  /** Answers an event. */
  acknowledge(ack: number, values: readonly unknown[]): void {
    const { json, attachments } = this.#encode(values);
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

  /** The events that have not left yet, as upstream shows them. */
  packets(): BufferedPacket[] {
    return [...this.#unsent].map(([id, { data }]) => ({
      type: 2,
      data,
      ...(this.acks.has(id) && { id }),
    }));
  }

  /** Takes back the events that have not left yet and are not among `packets`. */
  keepOnly(packets: readonly { readonly data: readonly unknown[] }[]): void {
    const kept = new Set(packets.map(({ data }) => data));
    for (const [id, { data }] of [...this.#unsent]) if (!kept.has(data)) this.cancel(id);
  }

  /** Takes an event back, if it has not left, and forgets its acknowledgement. */
  cancel(id: number): void {
    this.#unsent.delete(id);
    this.#numbered.settle(id);
    this.acks.forget(id);
    this.#link.run((connection) => connection.cancel(this.#socket, id));
  }

  /** The name and arguments of an event that leaves; `undefined` if it is unknown. */
  takeSent(id: number): readonly unknown[] | undefined {
    const sent = this.#unsent.get(id);
    this.#unsent.delete(id);
    return sent?.data;
  }

  /** Hands over the values of an answer. */
  resolve(id: number, values: readonly unknown[]): void {
    this.#unsent.delete(id);
    if (!this.#numbered.settle(id)) return this.acks.resolve(id, values);
    const [verdict, ...rest] = values;
    const error = verdictError(verdict);
    if (error) this.acks.fail(id, error);
    else this.acks.resolve(id, rest);
  }

  /** An answer came that cannot be read. */
  fail(id: number, error: TabcastError): void {
    this.#unsent.delete(id);
    this.#numbered.settle(id);
    this.acks.fail(id, error);
  }

  /** Fails everything that can be told so, and forgets it; the rest goes on waiting. */
  failAll(error: TabcastError): void {
    for (const id of this.acks.fallible()) this.fail(id, error);
  }

  /** No answer will come to an event. */
  giveUp(id: number, why: AckFailure, mayHaveArrived: boolean): void {
    const isAwaited = this.acks.has(id);
    const error = ackError(why, mayHaveArrived);
    this.fail(id, error);
    if (!isAwaited && why === 'full') reportUncaught(error);
  }

  /** Forgets volatile events. The core does not say that it dropped one. */
  dropVolatile(): void {
    for (const [id, { volatile }] of this.#unsent) if (volatile) this.#unsent.delete(id);
  }

  /** The connection is gone, and with it what was sent; the core may tell that later. */
  interrupt(): void {
    this.#firstLeft = this.#nextId;
  }

  /** Who can still get an answer, by the ids of their events. */
  awaited(): Readonly<Record<number, unknown>> {
    return this.acks.open(this.#firstLeft);
  }

  #sendPlain(id: number, json: Payload, wantsAck: boolean, timeoutMs: number): boolean {
    if (!this.#lane.idle || typeof json !== 'string') return false;
    return this.#link.sendPlain(this.#socket, id, json, wantsAck, timeoutMs);
  }

  /** Ends the wait for an acknowledgement when `signal` says so; returns what stops listening. */
  #watch(signal: AbortSignal, id: number): () => void {
    const abort = (): void => {
      let mayHaveArrived = false;
      this.#link.run((connection) => {
        mayHaveArrived = connection.cancel(this.#socket, id);
      });
      this.fail(id, abortError(signal.reason, mayHaveArrived));
    };
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }

  #encode(values: readonly unknown[]): Encoded {
    return this.#link.hasCodec ? { json: values, attachments: undefined } : encodePayload(values);
  }

  /** An event that cannot be encoded is done with. */
  #envelop(id: number, data: unknown[], ack: boolean, retried: number | undefined): Encoded {
    try {
      return this.#encode(this.#numbered.wrap(id, data, ack, retried));
    } catch (error) {
      this.#numbered.settle(id);
      throw error;
    }
  }

  /** Of an event whose acknowledgement the app does not want. */
  get #receipt(): PendingAck {
    const callback = (error: unknown): void => {
      if (error instanceof TabcastError) this.#failed(error);
    };
    return { callback, withError: true };
  }

  #onUnreadable(id: number | undefined, cause: unknown): void {
    const error = new TabcastError('invalid', 'unable to send; a blob cannot be read', { cause });
    if (id !== undefined) this.#unsent.delete(id);
    if (id !== undefined && this.acks.has(id)) this.fail(id, error);
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
