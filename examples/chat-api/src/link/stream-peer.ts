import { randomUUID } from 'node:crypto';
import type { LinkEvents, RoomId, Seq } from 'tabcast/contract';
import type { Connection } from '../common/connection.js';
import type { Peer } from '../common/realtime.js';
import { Signal } from '../sse/signal.js';

/** What waits to be told: an event, or an op that is still to be read. */
export type Pending =
  | { [Type in keyof LinkEvents]: { type: Type; data: LinkEvents[Type] } }[keyof LinkEvents]
  | { type: 'stored'; roomId: RoomId; seq: Seq };

/** A client that hears by an event stream, and calls by HTTP. */
export class StreamPeer implements Peer {
  readonly id = randomUUID();
  readonly rooms = new Set<string>();
  private readonly end = new AbortController();
  private readonly changed = new Signal();
  private pending: Pending[] = [];

  /** @param name by which calls find it: the user's, and the client's own */
  constructor(
    readonly name: string,
    readonly data: Connection,
  ) {}

  get connected(): boolean {
    return !this.ended.aborted;
  }

  get ended(): AbortSignal {
    return this.end.signal;
  }

  join(rooms: string | string[]): void {
    for (const room of [rooms].flat()) this.rooms.add(room);
  }

  leave(room: string): void {
    this.rooms.delete(room);
  }

  /** Ends a peer that does not read: it comes back, and asks for what it has missed. */
  push(pending: Pending): void {
    if (this.pending.length >= MAX_PENDING) {
      this.close();
      return;
    }
    this.pending.push(pending);
    this.changed.raise();
  }

  /** Takes what waits, or an empty list if nothing came within `ms`. */
  async take(ms: number): Promise<Pending[]> {
    let woken = true;
    while (woken && this.pending.length === 0) woken = await this.changed.wait(ms, this.ended);
    const taken = this.pending;
    this.pending = [];
    return taken;
  }

  close(): void {
    this.end.abort();
  }
}

const MAX_PENDING = 1000;
