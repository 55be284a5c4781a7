import { Injectable } from '@nestjs/common';
import type {
  ClientMsgId,
  DeviceId,
  MessageId,
  RoomId,
  RoomInfo,
  RoomOp,
  Seq,
  User,
  UserId,
  WireMessage,
} from 'tabcast/contract';
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

/** A message that has no place yet. */
export interface MessageDraft {
  id: MessageId;
  roomId: RoomId;
  user: UserId;
  device: DeviceId;
  cid: ClientMsgId;
  text: string;
  /** As JSON. */
  meta: string | null;
  replyTo: MessageId | null;
}

/** The ops of all rooms: one contiguous sequence a room. */
@Injectable()
export class RoomLog {
  constructor(private readonly database: Database) {}

  rooms(): Promise<RoomInfo[]> {
    return this.database.query(`SELECT id AS "roomId", name, topic, head FROM rooms ORDER BY id`);
  }

  /** The rooms that `user` is a member of. */
  roomsOf(user: UserId): Promise<{ roomId: RoomId; head: Seq }[]> {
    return this.database.query(
      `SELECT r.id AS "roomId", r.head FROM rooms r JOIN members m ON m.room_id = r.id
       WHERE m.user_id = $1`,
      [user],
    );
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
   * Stores a message at the next place of its room, in one statement: whoever comes second waits for
   * the room's row, and whoever repeats himself runs into the index over `cid` and changes nothing.
   *
   * `null` if there is no such room, or its user is not a member.
   */
  async appendMessage(draft: MessageDraft): Promise<Appended | null> {
    const { roomId, user, cid } = draft;
    try {
      const [row] = await this.database.query<MessageRow>(APPEND_MESSAGE, [
        ...[roomId, user, draft.id, cid, draft.device, Date.now()],
        ...[draft.text, draft.meta, draft.replyTo],
      ]);
      if (!row) return null;
      return { op: { t: 'msg', seq: row.seq, m: messageOf(row) }, duplicate: false };
    } catch (error) {
      const earlier = await findDuplicate(this.database, roomId, { kind: 'msg', user, cid });
      if (!earlier) throw error;
      return { op: earlier, duplicate: true };
    }
  }

  /**
   * Runs `work` with the room locked, and puts an op with the details it returns at the next place,
   * in one transaction. `null` if `work` returns `null`: there is nothing to append.
   */
  append(
    roomId: RoomId,
    request: Append,
    work: (tx: Queryable, seq: Seq) => Promise<Details | null>,
  ): Promise<Appended | null> {
    return this.database.transaction(async (tx) => {
      const [room] = await tx.query<{ head: Seq }>(
        'SELECT head FROM rooms WHERE id = $1 FOR UPDATE',
        [roomId],
      );
      if (!room) throw noSuchRoom(roomId);
      // Asked only now: whoever held the lock may just have done the same.
      const earlier = await findDuplicate(tx, roomId, request);
      if (earlier) return { op: earlier, duplicate: true };
      const seq = room.head + 1;
      const details = await work(tx, seq);
      if (!details) return null;
      await insertOp(tx, roomId, seq, request, details);
      const [op] = await readOps(tx, roomId, seq, seq);
      if (!op) throw new Error('unable to append; the op was not stored');
      return { op, duplicate: false };
    });
  }
}

async function findDuplicate(
  source: Queryable,
  roomId: RoomId,
  { kind, user, cid }: Append,
): Promise<RoomOp | null> {
  if (cid === undefined) return null;
  const [row] = await source.query<OpRow>(
    `${SELECT_OPS} WHERE o.room_id = $1 AND o.user_id = $2 AND o.cid = $3`,
    [roomId, user, cid],
  );
  if (!row) return null;
  if (row.kind !== kind) {
    throw new WireException('conflict', 'unable to change the room; the cid was used otherwise');
  }
  return opOf(row);
}

const APPEND_MESSAGE = `
  WITH room AS (
    UPDATE rooms SET head = head + 1, messages = messages + 1
    WHERE id = $1 AND EXISTS (SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2)
    RETURNING head, messages
  ), op AS (
    INSERT INTO room_ops (room_id, seq, kind, user_id, cid, message_id, ts)
    SELECT $1, head, 'msg', $2, $4, $3, $6::bigint FROM room
  )
  INSERT INTO messages (id, room_id, seq, n, cid, user_id, device, ts, text, meta, reply_to)
  SELECT $3, $1, head, messages, $4, $2, $5, $6::bigint, $7, $8, $9 FROM room
  RETURNING *`;

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
     UPDATE rooms SET head = $2 WHERE id = $1`,
    [roomId, seq, kind, user, cid, messageId, rev, Date.now(), detail],
  );
}

function noSuchRoom(roomId: RoomId): WireException {
  return new WireException('not_found', `unable to find the room; there is no ${roomId}`);
}
