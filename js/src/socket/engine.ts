import type { TabcastError } from '../errors.js';
import { Emitter } from './emitter.js';
import type { ListenableNames, ListenerOf } from './events.js';
import type { Link } from './link.js';
import type { DisconnectDescription } from './reasons.js';
import type { ManagerSink } from './router.js';
import { memory } from './transports.js';

/** What an Engine.IO session is doing. */
export type EngineState = 'opening' | 'open' | 'closing' | 'closed';

/** One packet of Engine.IO. */
export interface EnginePacket {
  readonly type: 'open' | 'close' | 'ping' | 'pong' | 'message' | 'upgrade' | 'noop' | 'error';
  readonly data?: string | ArrayBuffer;
  readonly options?: { readonly compress: boolean };
}

/** What carries the packets. */
export interface EngineTransport {
  readonly name: string;
}

/** What the server says of a new session; times in milliseconds. */
export interface EngineHandshake {
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload?: number;
}

/**
 * The events of an Engine.IO session.
 *
 * Those of single packets (`packet`, `packetCreate`, `heartbeat`, `handshake`, `data`, `message`,
 * `flush`, `drain`) come only where the connection is: not in a tab that follows another.
 */
export interface EngineEvents {
  open: () => void;
  handshake: (handshake: EngineHandshake) => void;
  packet: (packet: EnginePacket) => void;
  packetCreate: (packet: EnginePacket) => void;
  data: (data: string | ArrayBuffer) => void;
  message: (data: string | ArrayBuffer) => void;
  drain: () => void;
  flush: () => void;
  heartbeat: () => void;
  ping: () => void;
  pong: () => void;
  error: (error: TabcastError) => void;
  upgrading: (transport: EngineTransport) => void;
  upgrade: (transport: EngineTransport) => void;
  upgradeError: (error: Error & { readonly transport?: string }) => void;
  close: (reason: string, description?: DisconnectDescription) => void;
}

/** The Engine.IO session of a connection: {@link Manager.engine}. */
export class Engine extends Emitter<{}, EngineEvents> {
  /** How binary data is received. */
  readonly binaryType = 'arraybuffer';
  readonly #link: Link;
  #id: string | undefined;
  #readyState: EngineState = 'opening';
  #transport: EngineTransport;
  #observed = false;

  /**
   * @param transport that it is opened over, as far as that is known
   * @param before the session before, whose listeners are not those of this one
   */
  constructor(link: Link, transport: string, before: Engine | undefined) {
    super();
    this.#link = link;
    this.#transport = { name: transport };
    if (before && before.#observed) link.observe(before, false);
  }

  /** Given by the server; `undefined` until the session is open, and when it is closed. */
  get id(): string | undefined {
    return this.#id;
  }

  get readyState(): EngineState {
    return this.#readyState;
  }

  get transport(): EngineTransport {
    return this.#transport;
  }

  /** The packets that no transport has taken yet; empty where the connection is in another tab. */
  get writeBuffer(): EnginePacket[] {
    const packets: EnginePacket[] = [];
    this.#run((connection) => packets.push(...connection.unsent().map(readPacket)));
    return packets;
  }

  /** @internal Whether what is sent now is to be compressed. */
  get compresses(): boolean {
    return this.#link.compresses;
  }

  /** Closes the session, for all tabs. It counts as lost: another one is opened. */
  close(): this {
    if (this.#readyState !== 'closed') this.#run((connection) => connection.dropSession());
    return this;
  }

  /**
   * Calls the listeners of an event. `data` is also taken in as if the server had sent it, where the
   * connection is.
   */
  emit<Event extends keyof EngineEvents>(
    event: Event,
    ...args: Parameters<EngineEvents[Event]>
  ): this {
    this.dispatch(event, args);
    const [data] = args;
    if (event !== 'data' || this.#readyState === 'closed') return this;
    if (typeof data === 'string') this.#run((connection) => connection.inject(`4${data}`));
    else if (data instanceof ArrayBuffer) this.#run((connection) => connection.inject(data));
    return this;
  }

  override on<Event extends ListenableNames<{}, EngineEvents>>(
    event: Event,
    listener: ListenerOf<{}, EngineEvents, Event>,
  ): this {
    if (!this.#observed && OF_PACKETS.has(event)) {
      this.#observed = true;
      this.#link.observe(this, true);
    }
    return super.on(event, listener);
  }

  /** @internal */
  _opened(sid: string, transport: string): void {
    this.#id = sid;
    this.#readyState = 'open';
    this.#transport = { name: transport };
    memory.websocketWorks = transport === 'websocket';
  }

  /** @internal */
  _closed(): void {
    if (this.#readyState === 'opening') memory.websocketWorks = false;
    this.#id = undefined;
    this.#readyState = 'closed';
  }

  /** @internal */
  _upgrading(name: string): void {
    memory.websocketWorks = name === 'websocket';
    this.emitReserved('upgrading', { name });
  }

  /** @internal */
  _upgraded(name: string): void {
    this.#transport = { name };
    this.emitReserved('upgrade', this.#transport);
  }

  /** @internal */
  _received(frame: string | ArrayBuffer): void {
    const received = readPacket(frame);
    this.emitReserved('packet', received);
    this.emitReserved('heartbeat');
    const { type, data } = received;
    if (type === 'open' && typeof data === 'string') this.#shakenHands(data);
    if (type !== 'message') return;
    this.emitReserved('data', data ?? '');
    this.emitReserved('message', data ?? '');
  }

  #shakenHands(json: string): void {
    try {
      this.emitReserved('handshake', JSON.parse(json) as EngineHandshake);
    } catch {
      // The core closes the session for it.
    }
  }

  /** Calls the connection if there is one. */
  #run(call: Parameters<Link['run']>[0]): void {
    if (this.#link.ready) this.#link.run(call);
  }
}

/** The part of what a Manager hears that concerns only its session. */
export function engineSink(
  engine: () => Engine | undefined,
): Pick<
  ManagerSink,
  'upgrading' | 'upgraded' | 'upgradeFailed' | 'packetCreated' | 'flushed' | 'drained'
> {
  return {
    upgrading: (name) => engine()?._upgrading(name),
    upgraded: (name) => engine()?._upgraded(name),
    upgradeFailed: (message) =>
      engine()?.emit('upgradeError', Object.assign(new Error(message), { transport: 'websocket' })),
    packetCreated: (frame) =>
      engine()?.emit('packetCreate', {
        ...readPacket(frame),
        options: { compress: engine()?.compresses ?? true },
      }),
    flushed: () => engine()?.emit('flush'),
    drained: () => engine()?.emit('drain'),
  };
}

const TYPES = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'] as const;

const OF_PACKETS: ReadonlySet<string | symbol | number> = new Set<keyof EngineEvents>([
  'packet',
  'packetCreate',
  'heartbeat',
  'handshake',
  'data',
  'message',
  'flush',
  'drain',
]);

/** A packet of Engine.IO, from how it travels. */
export function readPacket(frame: string | ArrayBuffer): EnginePacket {
  if (typeof frame !== 'string') return { type: 'message', data: frame };
  const data = frame.slice(1);
  if (frame.startsWith('b')) return { type: 'message', data: fromBase64(data) };
  const type = TYPES[Number(frame.charAt(0) || NaN)];
  if (type === undefined) return { type: 'error', data: 'parser error' };
  return data === '' ? { type } : { type, data };
}

function fromBase64(text: string): ArrayBuffer {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
  } catch {
    return new ArrayBuffer(0);
  }
}
