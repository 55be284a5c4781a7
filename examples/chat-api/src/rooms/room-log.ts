import { Injectable } from '@nestjs/common';
import type { RoomId, RoomInfo, RoomOp, Seq, User, UserId, WireMessage } from 'tabcast/contract';
import { WireException } from '../common/wire-exception.js';
import { Database, type Queryable } from '../storage/database.js';
import { type MessageRow, messageOf, opOf, type OpRow, SELECT_OPS } from './rows.js';

/** Who wants to append what. A second append with the same `user` and `cid` adds nothing. */
export interface Append {
  kind: RoomOp['t'];
  user: UserId | null;
  cid?: string;
}

/** What an append refers to, besides what its `work` has written itself. */
export interface Details {
  messageId?: string;
  rev?: number;
  detail?: string;
}

export interface Appended {
  op: RoomOp;
  /** Whether the op was there before. */
  duplicate: boolean;
}

/** The state of a room while it is locked. */
export interface LockedRoom {
  /** The place that the new op gets. */
  seq: Seq;
  /** Messages so far. */
  messages: number;
}

/** The ops of all rooms: one contiguous sequence a room. */
@Injectable()
export class RoomLog {
  constructor(private readonly database: Database) {}

  rooms(): Promise<RoomInfo[]> {
    return this.database.query(`SELECT id AS "roomId", name, topic, head FROM rooms ORDER BY id`);
  }

  /** The newest op; throws `not_found` if there is no such room. */
  async head(roomId: RoomId): Promise<Seq> {
    const [room] = await this.database.query<{ head: Seq }>(
      'SELECT head FROM rooms WHERE id = $1',
      [roomId],
    );
    if (!room) throw noSuchRoom(roomId);
    return room.head;
  }

  /** Ops `from` to `to`, both included. */
  ops(roomId: RoomId, from: Seq, to: Seq): Promise<RoomOp[]> {
    return readOps(this.database, roomId, from, to);
  }

  /** Messages created before op `before`, the newest `limit`, in ascending order. */
  async messages(roomId: RoomId, before: Seq, limit: number): Promise<WireMessage[]> {
    const rows = await this.database.query<MessageRow>(
      'SELECT * FROM messages WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3',
      [roomId, before, limit],
    );
    return rows.reverse().map(messageOf);
  }

  /** The members who joined last. */
  members(roomId: RoomId, limit: number): Promise<User[]> {
    return this.database.query(
      `SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = $1 ORDER BY m.seq DESC LIMIT $2`,
      [roomId, limit],
    );
  }

  async isMember(roomId: RoomId, user: UserId): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2',
      [roomId, user],
    );
    return rows.length > 0;
  }

  /** Creates the room with its first op, unless it exists. */
  async create(room: { roomId: RoomId; name: string; topic: string }): Promise<void> {
    const { roomId, name, topic } = room;
    await this.database.transaction(async (tx) => {
      const created = await tx.query(
        `INSERT INTO rooms (id, name, topic, head, messages) VALUES ($1, $2, $3, 0, 0)
         ON CONFLICT DO NOTHING RETURNING id`,
        [roomId, name, topic],
      );
      if (created.length === 0) return;
      const detail = JSON.stringify({ name, topic });
      await insertOp(tx, roomId, 1, { kind: 'room', user: null }, { detail });
    });
  }

  /**
   * Runs `work` with the room locked, and puts an op with the details it returns at the next place,
   * in one transaction. `null` if `work` returns `null`: there is nothing to append.
   */
  append(
    roomId: RoomId,
    request: Append,
    work: (tx: Queryable, room: LockedRoom) => Promise<Details | null>,
  ): Promise<Appended | null> {
    return this.database.transaction(async (tx) => {
      const [room] = await tx.query<{ head: Seq; messages: number }>(
        'SELECT head, messages FROM rooms WHERE id = $1 FOR UPDATE',
        [roomId],
      );
      if (!room) throw noSuchRoom(roomId);
      // Asked only now: whoever held the lock may just have done the same.
      const earlier = await findDuplicate(tx, roomId, request);
      if (earlier) return { op: earlier, duplicate: true };
      const seq = room.head + 1;
      const details = await work(tx, { seq, messages: room.messages });
      if (!details) return null;
      await insertOp(tx, roomId, seq, request, details);
      const [op] = await readOps(tx, roomId, seq, seq);
      if (!op) throw new Error('unable to append; the op was not stored');
      return { op, duplicate: false };
    });
  }
}

async function findDuplicate(
  tx: Queryable,
  roomId: RoomId,
  { kind, user, cid }: Append,
): Promise<RoomOp | null> {
  if (cid === undefined) return null;
  const [row] = await tx.query<OpRow>(
    `${SELECT_OPS} WHERE o.room_id = $1 AND o.user_id = $2 AND o.cid = $3`,
    [roomId, user, cid],
  );
  if (!row) return null;
  if (row.kind !== kind) {
    throw new WireException('conflict', 'unable to change the room; the cid was used otherwise');
  }
  return opOf(row);
}

async function readOps(from: Queryable, roomId: RoomId, first: Seq, last: Seq): Promise<RoomOp[]> {
  const rows = await from.query<OpRow>(
    `${SELECT_OPS} WHERE o.room_id = $1 AND o.seq BETWEEN $2 AND $3 ORDER BY o.seq`,
    [roomId, first, last],
  );
  return rows.map(opOf);
}

async function insertOp(
  tx: Queryable,
  roomId: RoomId,
  seq: Seq,
  { kind, user, cid }: Append,
  { messageId, rev, detail }: Details,
): Promise<void> {
  await tx.query(
    `WITH op AS (
       INSERT INTO room_ops (room_id, seq, kind, user_id, cid, message_id, rev, ts, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     )
     UPDATE rooms SET head = $2, messages = messages + $10 WHERE id = $1`,
    [roomId, seq, kind, user, cid, messageId, rev, Date.now(), detail, kind === 'msg' ? 1 : 0],
  );
}

function noSuchRoom(roomId: RoomId): WireException {
  return new WireException('not_found', `unable to find the room; there is no ${roomId}`);
}
