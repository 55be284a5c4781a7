import { ENVELOPE, readHead, type EnvelopeHead, type Verdict } from '../delivery/envelope.js';
import { decodeAck, encodePayload, RESERVED_EVENTS } from '../socket/payload.js';
import { ACK, CONNECT, type Packet, type ServerSocket, type SocketInternals } from './socket-io.js';
import type { Answer, DeliveryStore, EmitKey, Seen } from './store.js';

/** What all sockets of a server share. */
export interface Context {
  readonly store: DeliveryStore;
  readonly user: (socket: ServerSocket) => string | undefined;
  readonly onError: (error: unknown) => void;
  /** Emits that this process carries out at this moment. */
  readonly running: Map<string, Running>;
}

interface Running {
  readonly beganAt: number;
  /** Whoever sent it last, if that was not the first. */
  repeated: Reply | undefined;
}

type Reply = (verdict: Verdict, values?: readonly unknown[]) => void;

interface Answering {
  readonly key: EmitKey;
  readonly finish: (values: readonly unknown[]) => void;
}

interface Envelope {
  readonly head: EnvelopeHead;
  readonly packet: Packet;
  readonly reply: Reply;
}

/** Events of one socket whose listeners have not answered. */
const MAX_ANSWERING = 10_000;
/** Events of one socket that another process carries out. */
const MAX_AWAITED = 100;
/** Events of one socket that wait for the store. */
const MAX_QUEUED = 10_000;

/** Stands between one socket and its listeners. */
export class Receiver {
  readonly #socket: SocketInternals;
  readonly #context: Context;
  readonly #send: SocketInternals['packet'];
  readonly #deliver: SocketInternals['onevent'];
  /** By the id of the acknowledgement: what to do with it when the app gives it. */
  readonly #answering = new Map<number, Answering>();
  /** What another process carries out, and who asked last. */
  readonly #awaited = new Map<string, Reply>();
  /** What waits for the store, so that events stay in order. */
  #queue: Promise<void> | undefined;
  #queued = 0;
  #scope: string | undefined;

  constructor(socket: SocketInternals, context: Context) {
    this.#socket = socket;
    this.#context = context;
    this.#send = socket.packet.bind(socket);
    this.#deliver = socket.onevent.bind(socket);
  }

  /** @param memory the name of the store, which CONNECT tells the client */
  install(memory: string): void {
    const { keepMs: keep } = this.#context.store;
    this.#socket.packet = (packet, options) => {
      const answering = packet.type === ACK && this.#answering.get(packet.id!);
      if (answering) {
        this.#answering.delete(packet.id!);
        answering.finish(packet.data);
      } else if (packet.type === CONNECT) {
        const data = { ...packet.data, tabcast: { memory, keep } };
        this.#send({ ...packet, data }, options);
      } else {
        this.#send(packet, options);
      }
    };
    this.#socket.onevent = (packet) => this.#receive(packet);
  }

  #receive(packet: Packet): void {
    if (packet.data?.[0] !== ENVELOPE) {
      this.#inOrder(() => this.#deliver(packet));
      return;
    }
    const envelope = this.#open(packet);
    // As socket.io does with a packet that it cannot read.
    if (!envelope) this.#socket.disconnect(true);
    else this.#inOrder(() => this.#carryOut(envelope));
  }

  /** Runs `task` now, or when those before it are through. */
  #inOrder(task: () => void | Promise<void>): void {
    const running = this.#queue ? this.#queue.then(task) : task();
    if (!running) return;
    this.#queued += 1;
    const queue = running.catch(this.#context.onError).then(() => {
      this.#queued -= 1;
      if (this.#queue === queue) this.#queue = undefined;
    });
    this.#queue = queue;
    if (this.#queued > MAX_QUEUED) this.#socket.disconnect(true);
  }

  #open(packet: Packet): Envelope | undefined {
    const [, value, ...data] = packet.data as unknown[];
    const [event] = data;
    const head = readHead(value);
    const { id } = packet;
    // What the decoder of socket.io refuses must not come in here either.
    const isEvent = typeof event === 'string' && !RESERVED_EVENTS.has(event) && event !== ENVELOPE;
    if (!head || !isEvent || typeof id !== 'number') return undefined;
    const reply: Reply = (verdict, values = []) => {
      this.#send({ type: ACK, id, data: [verdict, ...values] });
    };
    return { head, packet: { ...packet, data, id: head.ack ? id : undefined }, reply };
  }

  #carryOut(envelope: Envelope): void | Promise<void> {
    const { store, onError } = this.#context;
    const { tab, n, from } = envelope.head;
    const key = { scope: this.#scopeName(), tab, n };
    this.#giveUpBefore(key, from);
    const seen = store.begin(key, from);
    if (!(seen instanceof Promise)) return this.#act(seen, key, envelope);
    return seen.then(
      (seen) => this.#act(seen, key, envelope),
      (error: unknown) => {
        onError(error);
        envelope.reply('lost');
      },
    );
  }

  #act(seen: Seen, key: EmitKey, envelope: Envelope): void {
    switch (seen.state) {
      case 'new':
        return this.#run(key, envelope);
      case 'running':
        return this.#await(key, envelope.reply);
      case 'done':
        return repeat(seen.answer, envelope.reply);
      default:
        return envelope.reply(seen.state);
    }
  }

  /** Hands the event to the app, and its answer to whoever asks for it then. */
  #run(key: EmitKey, { head, packet, reply }: Envelope): void {
    const { running, store } = this.#context;
    if (this.#answering.size >= MAX_ANSWERING) {
      this.#tell(() => store.forget(key));
      return reply('busy');
    }
    const name = nameOf(key);
    const run: Running = { beganAt: performance.now(), repeated: undefined };
    this.#dropExpired(run.beganAt - store.keepMs);
    running.set(name, run);
    const finish = (values: readonly unknown[]): void => {
      running.delete(name);
      const answer = encode(values);
      this.#tell(() => store.finish(key, answer));
      reply('ok', values);
      if (run.repeated) repeat(answer, run.repeated);
    };
    // socket.io calls the listeners in the next tick, and not if the socket is gone by then.
    let isHeard = true;
    process.nextTick(() => {
      isHeard = this.#socket.connected;
      if (isHeard) return;
      running.delete(name);
      this.#tell(() => store.forget(key));
    });
    if (head.ack) this.#answering.set(packet.id!, { key, finish });
    this.#deliver(packet);
    if (!head.ack) setImmediate(() => isHeard && finish([]));
  }

  /** The tab does not wait any more for what it made before `from`. */
  #giveUpBefore({ tab }: EmitKey, from: number): void {
    for (const [id, { key }] of this.#answering) {
      if (key.tab !== tab || key.n >= from) continue;
      this.#answering.delete(id);
      this.#context.running.delete(nameOf(key));
    }
  }

  /** A listener that never answers; nobody repeats its event any more. */
  #dropExpired(before: number): void {
    const { running } = this.#context;
    for (const [name, { beganAt }] of running) {
      if (beganAt > before) break;
      running.delete(name);
    }
  }

  #tell(task: () => void | Promise<void>): void {
    void (async () => task())().catch(this.#context.onError);
  }

  #await(key: EmitKey, reply: Reply): void {
    const name = nameOf(key);
    const run = this.#context.running.get(name);
    const isAwaited = this.#awaited.has(name);
    if (run) {
      run.repeated = reply;
    } else if (isAwaited || this.#awaited.size < MAX_AWAITED) {
      this.#awaited.set(name, reply);
      if (!isAwaited) this.#tell(() => this.#awaitOther(key, name));
    } else {
      reply('lost');
    }
  }

  /** Another process carries it out, or did when it died. */
  async #awaitOther(key: EmitKey, name: string): Promise<void> {
    const { store } = this.#context;
    const until = performance.now() + store.keepMs;
    let seen: Seen = { state: 'running' };
    for (let wait = 20; seen.state === 'running' && performance.now() < until; wait *= 1.5) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 1000)).unref?.());
      if (!this.#socket.connected) return;
      seen = await store.find(key);
    }
    const reply = this.#awaited.get(name);
    this.#awaited.delete(name);
    if (reply && seen.state !== 'running')
      repeat('answer' in seen ? seen.answer : undefined, reply);
  }

  #scopeName(): string {
    const { nsp } = this.#socket;
    return (this.#scope ??= JSON.stringify([nsp.name, this.#context.user(this.#socket) ?? null]));
  }
}

function nameOf({ scope, tab, n }: EmitKey): string {
  return `${scope} ${tab} ${n}`;
}

function repeat(answer: Answer | undefined, reply: Reply): void {
  if (answer) reply('ok', decodeAck(answer.json, answer.attachments));
  else reply('lost');
}

/** Nothing for values that cannot be kept; sending them is the business of socket.io. */
function encode(values: readonly unknown[]): Answer | undefined {
  try {
    const { json, attachments = [] } = encodePayload(values);
    const isKept = (part: ArrayBuffer | Blob): part is ArrayBuffer => part instanceof ArrayBuffer;
    return attachments.every(isKept) ? { json, attachments } : undefined;
  } catch {
    return undefined;
  }
}
