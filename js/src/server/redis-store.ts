import { randomTab } from '../delivery/envelope.js';
import type { Answer, DeliveryStore, EmitKey, Seen } from './store.js';

/** A client of the app's own: one of `ioredis`, or one of `redis` (node-redis 4 or newer). */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> };

export interface RedisStoreOptions {
  /** How long an emit is remembered, in milliseconds. Default 10 minutes. */
  readonly keepMs?: number;
  /** What all keys begin with. Default `tabcast:`. */
  readonly prefix?: string;
}

/**
 * Remembers in Redis, for any number of nodes: one key for an emit, which expires.
 *
 * Redis must not evict keys of its own accord (`maxmemory-policy noeviction`), and a user's emits
 * are as many as the app lets through in `keepMs`.
 */
export class RedisStore implements DeliveryStore {
  readonly keepMs: number;
  readonly #prefix: string;
  readonly #client: RedisClient;

  constructor(client: RedisClient, options: RedisStoreOptions = {}) {
    this.#client = client;
    this.keepMs = options.keepMs ?? 600_000;
    this.#prefix = options.prefix ?? 'tabcast:';
  }

  /** Lies beside what it names: who loses the one, loses the other. */
  async name(): Promise<string> {
    const key = `${this.#prefix}memory`;
    await this.#run('SET', key, randomTab(), 'NX');
    return String(await this.#run('GET', key));
  }

  async begin(emit: EmitKey, _from: number): Promise<Seen> {
    const isNew = await this.#run('SET', this.#key(emit), RUNNING, 'NX', 'PX', this.#expiry);
    return isNew === null ? this.find(emit) : { state: 'new' };
  }

  async find(emit: EmitKey): Promise<Seen> {
    const value = await this.#run('GET', this.#key(emit));
    if (value === RUNNING) return { state: 'running' };
    return { state: 'done', answer: typeof value === 'string' ? parse(value) : undefined };
  }

  async forget(emit: EmitKey): Promise<void> {
    await this.#run('DEL', this.#key(emit));
  }

  async finish(emit: EmitKey, answer: Answer | undefined): Promise<void> {
    await this.#run('SET', this.#key(emit), stringify(answer), 'XX', 'PX', this.#expiry);
  }

  /** A client stops repeating at `keepMs`; the last repetition needs its time. */
  get #expiry(): string {
    return String(this.keepMs + 60_000);
  }

  #key({ scope, tab, n }: EmitKey): string {
    return `${this.#prefix}emit:${scope}:${tab}:${n}`;
  }

  #run(command: string, ...args: string[]): Promise<unknown> {
    const client = this.#client;
    return 'call' in client
      ? client.call(command, ...args)
      : client.sendCommand([command, ...args]);
  }
}

const RUNNING = '';

function stringify(answer: Answer | undefined): string {
  if (!answer) return '{}';
  const attachments = answer.attachments.map((part) => Buffer.from(part).toString('base64'));
  return JSON.stringify({ json: answer.json, attachments });
}

function parse(value: string): Answer | undefined {
  const { json, attachments } = JSON.parse(value) as { json?: string; attachments?: string[] };
  if (json === undefined) return undefined;
  const parts = attachments ?? [];
  return { json, attachments: parts.map((part) => toArrayBuffer(Buffer.from(part, 'base64'))) };
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
}
