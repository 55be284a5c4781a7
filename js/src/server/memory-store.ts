import { randomTab } from '../delivery/envelope.js';
import type { Answer, DeliveryStore, EmitKey, Seen } from './store.js';

/** Limits of a {@link MemoryStore}. All are optional. */
export interface MemoryStoreOptions {
  /** How long an emit is remembered, in milliseconds. Default 10 minutes. */
  readonly keepMs?: number;
  /** Tabs, and emits that are not settled, of one user in one namespace. Default 10,000. */
  readonly maxEntries?: number;
  /** Size of the answers kept for one user in one namespace, in bytes. Default 4 MiB. */
  readonly maxBytes?: number;
}

/**
 * Remembers in this process: for one node, or for several where a client always comes back to the
 * same one. Each process has a name of its own, so that elsewhere nothing is carried out twice.
 */
export class MemoryStore implements DeliveryStore {
  readonly keepMs: number;
  readonly #name = randomTab();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** The one that was used longest ago first. */
  readonly #scopes = new Map<string, Scope>();

  constructor(options: MemoryStoreOptions = {}) {
    this.keepMs = options.keepMs ?? 600_000;
    this.#maxEntries = options.maxEntries ?? 10_000;
    this.#maxBytes = options.maxBytes ?? 4 << 20;
  }

  name(): string {
    return this.#name;
  }

  begin(emit: EmitKey, from: number): Seen {
    const now = performance.now();
    const expired = now - this.keepMs - GRACE_MS;
    dropExpired(this.#scopes, expired);
    const scope = touch(this.#scopes, emit.scope, now, () => new Scope());
    return scope.begin(emit, from, now, expired, this.#maxEntries);
  }

  find(emit: EmitKey): Seen {
    return this.#scopes.get(emit.scope)?.find(emit) ?? { state: 'past' };
  }

  forget(emit: EmitKey): void {
    this.#scopes.get(emit.scope)?.forget(emit);
  }

  finish(emit: EmitKey, answer: Answer | undefined): void {
    this.#scopes.get(emit.scope)?.finish(emit, answer, this.#maxBytes);
  }
}

/** A client stops repeating an emit when it is `keepMs` old; the last repetition needs its time. */
const GRACE_MS = 60_000;

interface Aging {
  usedAt: number;
}

interface Tab extends Aging {
  from: number;
  readonly emits: Map<number, Entry>;
}

interface Entry {
  done: boolean;
  answer: Answer | undefined;
}

class Scope implements Aging {
  usedAt = 0;
  readonly #tabs = new Map<string, Tab>();
  #entries = 0;
  #bytes = 0;

  begin(key: EmitKey, from: number, now: number, expired: number, maxEntries: number): Seen {
    for (const tab of dropExpired(this.#tabs, expired)) this.#dropTab(tab);
    const known = this.#tabs.get(key.tab);
    if (known) this.#settle(known, from);
    const seen = this.find(key);
    if (seen) {
      touch(this.#tabs, key.tab, now, newTab);
      return seen;
    }
    if (this.#entries + (known ? 1 : 2) > maxEntries) return { state: 'busy' };
    if (!known) this.#entries += 1;
    const tab = touch(this.#tabs, key.tab, now, newTab);
    this.#settle(tab, from);
    tab.emits.set(key.n, { done: false, answer: undefined });
    this.#entries += 1;
    return { state: 'new' };
  }

  find({ tab: name, n }: EmitKey): Seen | undefined {
    const tab = this.#tabs.get(name);
    const entry = tab?.emits.get(n);
    if (entry) return entry.done ? { state: 'done', answer: entry.answer } : { state: 'running' };
    return tab && n < tab.from ? { state: 'past' } : undefined;
  }

  forget(key: EmitKey): void {
    const emits = this.#tabs.get(key.tab)?.emits;
    const entry = emits?.get(key.n);
    if (!entry || entry.done) return;
    emits?.delete(key.n);
    this.#drop(entry);
  }

  finish(key: EmitKey, answer: Answer | undefined, maxBytes: number): void {
    const entry = this.#tabs.get(key.tab)?.emits.get(key.n);
    if (!entry || entry.done) return;
    entry.done = true;
    const bytes = sizeOf(answer);
    if (this.#bytes + bytes > maxBytes) return;
    this.#bytes += bytes;
    entry.answer = answer;
  }

  /** The tab waits for nothing before `from`. */
  #settle(tab: Tab, from: number): void {
    if (from <= tab.from) return;
    tab.from = from;
    for (const [n, entry] of tab.emits) {
      if (n >= from) break;
      tab.emits.delete(n);
      this.#drop(entry);
    }
  }

  #dropTab(tab: Tab): void {
    this.#entries -= 1;
    for (const entry of tab.emits.values()) this.#drop(entry);
  }

  #drop(entry: Entry): void {
    this.#entries -= 1;
    this.#bytes -= sizeOf(entry.answer);
  }
}

function newTab(): Tab {
  return { usedAt: 0, from: 0, emits: new Map() };
}

/** The entry behind `key`, made if need be, which now is the last to expire. */
function touch<T extends Aging>(
  entries: Map<string, T>,
  key: string,
  now: number,
  make: () => T,
): T {
  const entry = entries.get(key) ?? make();
  entries.delete(key);
  entries.set(key, entry);
  entry.usedAt = now;
  return entry;
}

function dropExpired<T extends Aging>(entries: Map<string, T>, before: number): T[] {
  const dropped: T[] = [];
  for (const [key, entry] of entries) {
    if (entry.usedAt > before) break;
    entries.delete(key);
    dropped.push(entry);
  }
  return dropped;
}

function sizeOf(answer: Answer | undefined): number {
  if (!answer) return 0;
  const bytes = answer.attachments.reduce((sum, part) => sum + part.byteLength, 0);
  return answer.json.length + bytes;
}
