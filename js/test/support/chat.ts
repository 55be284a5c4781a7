import { Client } from '../../src/chat/client.js';
import type { ChatCore } from '../../src/chat/core.js';
import type { Link } from '../../src/chat/link.js';
import type { StreamEnvironment } from '../../src/chat/stream-link.js';
import type { ClientOptions } from '../../src/chat/types.js';
import type { RoomOp, RoomSnapshot, WireMessage } from '../../src/contract/index.js';
import { TabcastError } from '../../src/errors.js';
import type { IoOptions } from '../../src/socket/io.js';
import type { Socket } from '../../src/socket/socket.js';
import { initialTabs, type TabsState } from '../../src/socket/tabs.js';
import { Store } from '../../src/subscribable.js';
import type { StreamState } from '../../src/sse/types.js';
import { loadRealCore } from './real-core.js';

export interface Call {
  readonly event: string;
  readonly payload: any;
}

/** Stands in for a Socket whose tab shares nothing; says what the test says. */
export class FakeLink implements Link {
  connected = false;
  active = false;
  recovered = false;
  /** Whether it connects when it is asked to. */
  reachable = true;
  /** Everything that was emitted, in order. */
  readonly calls: Call[] = [];
  /** Answers calls; a call without an answer waits for ever. */
  answer: (call: Call) => unknown = () => undefined;
  readonly tabs = new Store<TabsState>(initialTabs({}));
  readonly #listeners = new Map<string, ((payload: any) => void)[]>();
  readonly #interested = new Set<(key: string, held: boolean) => void>();

  readonly io = {
    tabs: this.tabs,
    open: (): void => this.#fire('asked to open', undefined),
    setInterest: (key: string, held: boolean): void => {
      for (const listener of this.#interested) listener(key, held);
    },
    onInterest: (listener: (key: string, held: boolean) => void): (() => void) => {
      this.#interested.add(listener);
      return () => this.#interested.delete(listener);
    },
    logout: (): void => this.#fire('logout', undefined),
    on: (event: string, listener: (payload: any) => void): void => this.on(event, listener),
  };

  connect(): void {
    this.active = true;
    this.#fire('asked to connect', undefined);
  }

  disconnect(): void {
    this.active = false;
    this.down('io client disconnect');
  }

  on(event: string, listener: (payload: any) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, payload: unknown): void {
    this.calls.push({ event, payload });
  }

  timeout(): { emitWithAck(event: string, payload: unknown): Promise<unknown> } {
    return {
      emitWithAck: async (event, payload) => {
        this.calls.push({ event, payload });
        // A server answers later, never from within the call.
        await null;
        const answer = this.answer({ event, payload });
        if (answer instanceof Error) throw answer;
        return answer === undefined ? new Promise(() => {}) : answer;
      },
    };
  }

  up(recovered = false): void {
    this.connected = true;
    this.recovered = recovered;
    this.#fire('connect', undefined);
  }

  down(reason = 'transport close'): void {
    if (!this.connected) return;
    this.connected = false;
    this.#fire('disconnect', reason);
  }

  refuse(error: TabcastError, active = false): void {
    this.active = active;
    this.#fire('connect_error', error);
  }

  receive(event: string, payload: unknown): void {
    this.#fire(event, payload);
  }

  /** The calls of `event` so far. */
  callsOf(event: string): any[] {
    return this.calls.filter((call) => call.event === event).map(({ payload }) => payload);
  }

  #fire(event: string, payload: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload);
  }
}

interface EventHandler {
  (event: { event: string; data: unknown }): void;
}

interface StateHandler {
  (state: StreamState): void;
}

/** Stands in for the streams that a client opens; the test says what becomes of the latest. */
export class FakeStreams {
  /** Where each was opened to, with the headers of its request. */
  readonly opened: {
    readonly url: string;
    readonly headers: unknown;
    readonly share: unknown;
  }[] = [];
  #events: EventHandler | undefined;
  #states: StateHandler | undefined;

  readonly openEvents: StreamEnvironment['openEvents'] = (url, options) => {
    const feed = {
      onEvent: (handler: EventHandler) => (this.#events = handler),
      onState: (handler: StateHandler) => (this.#states = handler),
      reconnect: () => undefined,
      close: () => (this.#events = this.#states = undefined),
    };
    const ask = options.headers as (attempt: object) => Promise<object>;
    void ask({ number: 1 }).then((headers) => {
      this.opened.push({ url: String(url), headers, share: options.share });
    });
    return feed as unknown as ReturnType<StreamEnvironment['openEvents']>;
  };

  /** Whether the client has one open, or tries to. */
  get wanted(): boolean {
    return this.#states !== undefined;
  }

  become(state: StreamState): void {
    this.#states?.(state);
  }

  receive(event: string, data: unknown): void {
    this.#events?.({ event, data });
  }
}

/** One room in memory, behind a {@link FakeLink}. */
export class FakeServer {
  readonly ops: RoomOp[] = [];
  readonly link: FakeLink;
  /** Events that are not answered with success. */
  readonly faults = new Map<string, unknown>();

  constructor(link: FakeLink) {
    this.link = link;
    link.answer = (call) => this.#answer(call);
  }

  /** A message of another user, told to the client. */
  say(text: string): WireMessage {
    return this.#append('bob', `b${this.ops.length + 1}`, text);
  }

  snapshot(roomId: string, since = 0): RoomSnapshot {
    const head = this.ops.length;
    const ops = this.ops.slice(since);
    return { roomId, epoch: 'e1', head, firstSeq: 1, ops, more: false, members: [], typing: [] };
  }

  #append(from: string, cid: string, text: string): WireMessage {
    const seq = this.ops.length + 1;
    const head = { id: `m${seq}`, roomId: 'r', seq, n: seq, cid, from, device: 'd' };
    const m: WireMessage = { ...head, ts: 1000 + seq, text, rev: 0 };
    this.ops.push({ t: 'msg', seq, m });
    if (this.link.connected) {
      this.link.receive('room:op', { roomId: 'r', epoch: 'e1', op: { t: 'msg', seq, m } });
    }
    return m;
  }

  #answer({ event, payload }: Call): unknown {
    if (this.faults.has(event)) return this.faults.get(event);
    const data = this.#data(event, payload);
    return data === undefined ? undefined : { ok: true, data, ts: 1 };
  }

  #data(event: string, payload: any): unknown {
    switch (event) {
      case 'rt:hello': {
        const rooms = payload.rooms.map((room: any) => this.snapshot(room.roomId, room.since));
        return { user: 'ann', session: 's', now: Date.now() + 5000, limits: {}, rooms, denied: [] };
      }
      case 'room:join':
        return this.snapshot(payload.roomId, payload.since);
      case 'room:leave':
        return { left: true };
      case 'msg:send':
        return this.#append('ann', payload.cid, payload.text);
      case 'presence:watch':
        return { users: {} };
      case 'presence:set':
        return { ref: 'x' };
      default:
        return undefined;
    }
  }
}

export interface Setup {
  readonly client: Client;
  readonly link: FakeLink;
  readonly server: FakeServer;
  readonly streams: FakeStreams;
  /** Requests that were made, and how they are answered: by the server of the link at first. */
  readonly requests: { readonly sent: Request[]; answer: (request: Request) => Promise<Response> };
  /** What the client asked `io()` for. */
  readonly asked: { url: string; options: IoOptions };
}

/** A client of `ann` over a fake link; the link connects when it is asked to. */
export function setUp(
  options: Partial<ClientOptions> = {},
  loadCore: () => Promise<ChatCore> = loadRealCore,
): Setup {
  const link = new FakeLink();
  const server = new FakeServer(link);
  link.on('asked to connect', () => {
    if (link.reachable) link.up();
  });
  const streams = new FakeStreams();
  const requests: Setup['requests'] = {
    sent: [],
    answer: async (request) =>
      Response.json(link.answer(toCall(await request.clone().json())) ?? null),
  };
  const asked = { url: '', options: {} };
  const client = new Client(
    { url: 'https://chat.example/', auth: () => 'token', user: { id: 'ann' }, ...options },
    {
      makeSocket: (url, given) => {
        Object.assign(asked, { url, options: given });
        return link as unknown as Socket;
      },
      loadCore,
      openEvents: streams.openEvents,
      fetch: async (...given) => {
        const request = new Request(...given);
        requests.sent.push(request);
        const aborted = new Promise<never>((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
        });
        return Promise.race([requests.answer(request), aborted]);
      },
    },
  );
  return { client, link, server, streams, requests, asked };
}

function toCall({ event, payload }: Call): Call {
  return { event, payload };
}
