import type { Ack, ClientToServer, HelloReply, Json, PresenceState } from '../contract/index.js';
import { PROTOCOL_VERSION } from '../contract/index.js';
import { TabcastError } from '../errors.js';
import type { ChatCalls, ChatStore, Failure } from './core.js';
import { toError, toFailure } from './failures.js';
import type { Link } from './link.js';
import type { Draft } from './types.js';

export interface WireOptions {
  readonly device: string;
  readonly ackTimeoutMs: number;
  /** Told of every answer to a hello. */
  readonly greeted: (reply: HelloReply) => void;
  /** Gives a newer token than the one that is about to end. */
  readonly renewToken: () => Promise<string>;
}

type CallEvent = Exclude<keyof ClientToServer, 'typing'>;
type Payload<Event extends keyof ClientToServer> = Parameters<ClientToServer[Event]>[0];

/** Carries the store's calls to the server, and the server's answers and events to the store. */
export class Wire implements ChatCalls {
  readonly #link: Link;
  readonly #options: WireOptions;
  #store: ChatStore | undefined;

  constructor(link: Link, options: WireOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** From now on `store` hears all that happens. */
  attach(store: ChatStore): void {
    const link = this.#link;
    const { tabs } = link.io;
    const lead = (): void => this.#store?.leadChanged(isLeading(tabs.getSnapshot().role));
    this.#store = store;
    link.on('connect', () => this.#store?.linkUp(link.recovered));
    link.on('disconnect', () => this.#store?.linkDown());
    for (const event of EVENTS) {
      link.on(event, (payload) => this.#received(event, payload));
    }
    link.on('auth:expiring', () => {
      if (isLeading(tabs.getSnapshot().role)) void this.#renewToken();
    });
    link.io.onInterest((key, held) => this.#store?.interestChanged(key, held));
    tabs.subscribe(lead);
    lead();
    if (link.connected) store.linkUp(link.recovered);
  }

  /** The store hears nothing any more. */
  detach(): void {
    this.#store = undefined;
  }

  /** Not a matter of the store: this device says it once. */
  async setPresence(state: PresenceState, data: Json | undefined): Promise<void> {
    if (!this.#link.connected) {
      throw new TabcastError('disconnected', 'unable to set the presence; not connected');
    }
    const ack = await this.#emit('presence:set', { state, ...(data !== undefined && { data }) });
    const outcome = readAck(ack);
    if (!outcome.ok) throw toError(outcome.failure);
  }

  hello(request: number, rooms: Payload<'rt:hello'>['rooms']): void {
    const { device } = this.#options;
    this.#call(request, 'rt:hello', { v: PROTOCOL_VERSION, device, kind: 'web', rooms });
  }

  join(
    request: number,
    roomId: string,
    epoch: string | undefined,
    since: number | undefined,
    limit: number,
  ): void {
    const cursor = epoch !== undefined && since !== undefined ? { epoch, since } : {};
    this.#call(request, 'room:join', { roomId, ...cursor, limit });
  }

  leave(request: number, roomId: string): void {
    this.#call(request, 'room:leave', { roomId });
  }

  sync(request: number, roomId: string, from: number, limit: number): void {
    this.#call(request, 'room:sync', { roomId, from, limit });
  }

  history(request: number, roomId: string, before: number, limit: number): void {
    this.#call(request, 'room:history', { roomId, before, limit });
  }

  send(request: number, roomId: string, cid: string, { text, meta, replyTo }: Draft): void {
    this.#call(request, 'msg:send', {
      roomId,
      cid,
      text,
      ...(meta !== undefined && { meta }),
      ...(replyTo !== undefined && { replyTo }),
    });
  }

  watch(request: number, users: string[], on: boolean): void {
    this.#call(request, 'presence:watch', { users, on });
  }

  typing(roomId: string, on: boolean): void {
    if (this.#link.connected) this.#link.emit('typing', { roomId, on });
  }

  interest(key: string, held: boolean): void {
    this.#link.io.setInterest(key, held);
  }

  #call<Event extends CallEvent>(request: number, event: Event, payload: Payload<Event>): void {
    this.#emit(event, payload).then(
      (ack) => this.#answered(request, event, ack),
      (error: unknown) => this.#failed(request, toFailure(error)),
    );
  }

  async #emit<Event extends CallEvent>(event: Event, payload: Payload<Event>): Promise<unknown> {
    return this.#link.timeout(this.#options.ackTimeoutMs).emitWithAck(event, payload);
  }

  /** Once for all tabs. If it fails, the connection ends with its token and is made anew. */
  async #renewToken(): Promise<void> {
    try {
      await this.#emit('auth:refresh', { token: await this.#options.renewToken() });
    } catch (error) {
      console.warn('tabcast: unable to renew the token', error);
    }
  }

  #answered(request: number, event: CallEvent, ack: unknown): void {
    const outcome = readAck(ack);
    if (!outcome.ok) {
      this.#failed(request, outcome.failure);
      return;
    }
    if (event === 'rt:hello') this.#options.greeted(outcome.data as HelloReply);
    this.#store?.answered(request, event, outcome.data);
  }

  #failed(request: number, { code, message, retryable, retryAfterMs }: Failure): void {
    this.#store?.failed(request, code, message, retryable, retryAfterMs);
  }

  #received(event: string, payload: unknown): void {
    if (this.#store?.received(event, payload) === false) {
      console.warn(`tabcast: unable to read the event "${event}"; it breaks the contract`);
    }
  }
}

const EVENTS = ['room:op', 'typing', 'presence'] as const;

/** A tab that shares nothing leads itself. */
function isLeading(role: string): boolean {
  return role === 'leader' || role === 'solo';
}

type Outcome = { ok: true; data: unknown } | { ok: false; failure: Failure };

function readAck(value: unknown): Outcome {
  const ack = value as Partial<Ack<unknown>> | null | undefined;
  if (ack?.ok === true && 'data' in ack) return { ok: true, data: ack.data };
  const error = ack?.ok === false ? ack.error : undefined;
  if (typeof error?.code !== 'string' || typeof error.message !== 'string') {
    return { ok: false, failure: BROKEN };
  }
  const { code, message, retryAfterMs } = error;
  const retryable = error.retryable === true;
  const later = typeof retryAfterMs === 'number' ? { retryAfterMs } : {};
  return { ok: false, failure: { code, message, retryable, ...later } };
}

const BROKEN: Failure = {
  code: 'internal',
  message: 'unable to read the answer; it breaks the contract',
  retryable: true,
};
