import type { RoomId, Seq, UserId } from 'tabcast/contract';
import type { Bus } from '../common/bus.js';
import type { Config } from '../config.js';
import type { PresenceStore } from '../presence/presence-store.js';
import type { RoomLog } from '../rooms/room-log.js';
import type { Epoch } from '../storage/epoch.js';
import type { EventWriter } from './event-writer.js';
import { Position } from './position.js';
import { presenceOf } from './presence-state.js';
import { Signal } from './signal.js';

/** What a stream is made from. */
export interface StreamSources {
  readonly config: Config;
  readonly bus: Bus;
  readonly epoch: Epoch;
  readonly log: RoomLog;
  readonly presence: PresenceStore;
}

/**
 * One event stream: ops of some rooms, and everybody's presence.
 *
 * The bus only says that something has changed. What is told is then read, from the log on from the
 * stream's own position: nothing is queued for a slow reader, nothing can be lost or doubled.
 */
export class RoomStream {
  private position: Position;
  private readonly changedRooms: Set<RoomId>;
  private readonly changedUsers = new Set<UserId>();
  private readonly changed = new Signal();

  constructor(
    private readonly sources: StreamSources,
    private readonly rooms: readonly RoomId[],
    private readonly writer: EventWriter,
  ) {
    this.position = new Position(sources.epoch.value, new Map());
    this.changedRooms = new Set(rooms);
  }

  /** Runs until `signal`; `lastId` is the id of the last event that the client has seen. */
  async run(lastId: string | null, signal: AbortSignal): Promise<void> {
    const { bus, config } = this.sources;
    const subscription = bus.on('op').subscribe(({ roomId }) => {
      if (this.rooms.includes(roomId)) this.note(this.changedRooms, roomId);
    });
    subscription.add(
      bus.on('presence').subscribe(({ user }) => this.note(this.changedUsers, user)),
    );
    try {
      await this.writer.open(RETRY_MS);
      await this.begin(lastId);
      await this.tellEverybody();
      while (!signal.aborted) {
        await this.tellChanges();
        const woken = await this.changed.wait(config.sseHeartbeatMs, signal);
        if (!woken && !signal.aborted) await this.writer.comment('hb');
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  private note<T>(set: Set<T>, value: T): void {
    set.add(value);
    this.changed.raise();
  }

  /** Finds where to begin: where the client was, if that can be resumed, else now. */
  private async begin(lastId: string | null): Promise<void> {
    const now = await this.now();
    const resumed = lastId === null ? now : this.resume(lastId, now);
    this.position = resumed instanceof Position ? resumed : now;
    const rooms = Object.fromEntries(this.position.heads);
    if (resumed instanceof Position) {
      await this.writer.event('rt-ready', { rooms }, String(this.position));
    } else {
      await this.writer.event('rt-reset', { reason: resumed, rooms }, String(this.position));
    }
  }

  private async now(): Promise<Position> {
    const heads = new Map<RoomId, Seq>();
    for (const roomId of this.rooms) heads.set(roomId, await this.sources.log.head(roomId));
    return new Position(this.sources.epoch.value, heads);
  }

  /** Rooms that the client did not have yet begin now. */
  private resume(lastId: string, now: Position): Position | 'unknown' | 'too_old' {
    const last = Position.parse(lastId);
    if (!last || last.epoch !== now.epoch) return 'unknown';
    const heads = new Map<RoomId, Seq>();
    for (const [roomId, head] of now.heads) {
      const seen = last.heads.get(roomId) ?? head;
      if (seen > head) return 'unknown';
      if (head - seen > this.sources.config.limits.syncMax) return 'too_old';
      heads.set(roomId, seen);
    }
    return new Position(now.epoch, heads);
  }

  private async tellChanges(): Promise<void> {
    for (const roomId of this.changedRooms) {
      this.changedRooms.delete(roomId);
      await this.tellOps(roomId);
    }
    if (this.changedUsers.size === 0) return;
    const users = [...this.changedUsers];
    this.changedUsers.clear();
    const states = await presenceOf(this.sources.presence, users);
    await this.writer.event('presence', { users: states }, String(this.position));
  }

  private async tellOps(roomId: RoomId): Promise<void> {
    const { log, epoch } = this.sources;
    const { heads } = this.position;
    for (;;) {
      const from = (heads.get(roomId) ?? 0) + 1;
      const ops = await log.ops(roomId, from, from + PAGE - 1);
      for (const op of ops) {
        heads.set(roomId, op.seq);
        const event = { roomId, epoch: epoch.value, op };
        await this.writer.event('room:op', event, String(this.position));
      }
      if (ops.length < PAGE) return;
    }
  }

  private async tellEverybody(): Promise<void> {
    const { presence } = this.sources;
    const users = await presenceOf(presence, await presence.users());
    await this.writer.event('presence', { users, full: true }, String(this.position));
  }
}

const RETRY_MS = 2000;

/** Ops that are read at once. */
const PAGE = 100;
