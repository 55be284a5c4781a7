import type {
  RoomId,
  RoomOp,
  Seq,
  StreamEvents,
  User,
  UserId,
  WireMessage,
} from 'tabcast/contract';
import type { UsersService } from '../auth/users.service.js';
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
  readonly users: UsersService;
}

/** What somebody wants to be told. */
export interface StreamWish {
  readonly user: User;
  /** Rooms whose ops are told. */
  readonly rooms: readonly RoomId[];
  /** Whether messages in his other rooms are, as notifications. */
  readonly notify: boolean;
}

/**
 * One event stream: ops of some rooms, everybody's presence, and notifications of other rooms.
 *
 * The bus only says that something has changed. What is told is then read, from the log on from the
 * stream's own position: nothing is queued for a slow reader, nothing can be lost or doubled.
 */
export class RoomStream {
  private position: Position;
  /** With the first op that is not told yet, as far as the bus knows. */
  private readonly changedRooms = new Map<RoomId, Seq>();
  private readonly changedUsers = new Set<UserId>();
  private readonly changed = new Signal();

  constructor(
    private readonly sources: StreamSources,
    private readonly wish: StreamWish,
    private readonly writer: EventWriter<StreamEvents>,
  ) {
    this.position = new Position(sources.epoch.value, new Map());
  }

  /** Runs until `signal`; `lastId` is the id of the last event that the client has seen. */
  async run(lastId: string | null, signal: AbortSignal): Promise<void> {
    const { bus, config } = this.sources;
    const subscription = bus.on('op').subscribe(({ roomId, seq }) => {
      if (this.wish.notify || this.wish.rooms.includes(roomId)) this.noteOp(roomId, seq);
    });
    subscription.add(
      bus.on('presence').subscribe(({ user }) => {
        this.changedUsers.add(user);
        this.changed.raise();
      }),
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

  private noteOp(roomId: RoomId, seq: Seq): void {
    this.changedRooms.set(roomId, Math.min(seq, this.changedRooms.get(roomId) ?? seq));
    this.changed.raise();
  }

  /** Finds where to begin: where the client was, if that can be resumed, else now. */
  private async begin(lastId: string | null): Promise<void> {
    const now = await this.now();
    const resumed = lastId === null ? now : this.resume(lastId, now);
    this.position = resumed instanceof Position ? resumed : now;
    for (const [roomId, seq] of this.position.heads) this.noteOp(roomId, seq + 1);
    const rooms = Object.fromEntries(this.position.heads);
    if (resumed instanceof Position) {
      await this.writer.event('rt-ready', { rooms }, String(this.position));
    } else {
      await this.writer.event('rt-reset', { reason: resumed, rooms }, String(this.position));
    }
  }

  private async now(): Promise<Position> {
    const heads = new Map<RoomId, Seq>();
    const { log } = this.sources;
    for (const roomId of this.wish.rooms) heads.set(roomId, await log.head(roomId));
    if (this.wish.notify) {
      for (const { roomId, head } of await log.roomsOf(this.wish.user.id)) heads.set(roomId, head);
    }
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
    for (const [roomId, seq] of this.changedRooms) {
      this.changedRooms.delete(roomId);
      if (await this.isWanted(roomId, seq)) await this.tellOps(roomId);
    }
    if (this.changedUsers.size === 0) return;
    const users = [...this.changedUsers];
    this.changedUsers.clear();
    const states = await presenceOf(this.sources.presence, users);
    await this.writer.event('presence', { users: states }, String(this.position));
  }

  /** A room that the user has joined since begins with what made it known. */
  private async isWanted(roomId: RoomId, seq: Seq): Promise<boolean> {
    const { heads } = this.position;
    if (heads.has(roomId)) return true;
    if (!(await this.sources.log.isMember(roomId, this.wish.user.id))) return false;
    heads.set(roomId, seq - 1);
    return true;
  }

  private async tellOps(roomId: RoomId): Promise<void> {
    const { log } = this.sources;
    const { heads } = this.position;
    for (;;) {
      const from = (heads.get(roomId) ?? 0) + 1;
      const ops = await log.ops(roomId, from, from + PAGE - 1);
      for (const op of ops) {
        heads.set(roomId, op.seq);
        await this.tellOp(roomId, op);
      }
      if (ops.length < PAGE) return;
    }
  }

  private async tellOp(roomId: RoomId, op: RoomOp): Promise<void> {
    const place = String(this.position);
    if (this.wish.rooms.includes(roomId)) {
      const event = { roomId, epoch: this.sources.epoch.value, op };
      await this.writer.event('room:op', event, place);
    } else if (op.t === 'msg' && op.m.from !== this.wish.user.id && op.m.deletedAt === undefined) {
      await this.writer.event('notify', await this.notification(op.m), place);
    }
  }

  private async notification(message: WireMessage): Promise<StreamEvents['notify']> {
    const { id, roomId, seq, from, text } = message;
    const sender = await this.sources.users.find(from);
    const body = [...text].slice(0, NOTIFICATION_CHARACTERS).join('');
    return { id, roomId, seq, from, title: sender?.name ?? '', body };
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

const NOTIFICATION_CHARACTERS = 140;
