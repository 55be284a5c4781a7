import type { Json, RoomOp, RoomPatch, WireMessage } from 'tabcast/contract';

/** A message as it is stored. */
export interface MessageRow {
  id: string;
  room_id: string;
  seq: number;
  n: number;
  cid: string;
  user_id: string;
  device: string;
  ts: number;
  text: string;
  meta: string | null;
  reply_to: string | null;
  rev: number;
  edited_at: number | null;
  deleted_at: number | null;
}

/** An op, with its message if it has one. */
export interface OpRow {
  op_seq: number;
  kind: RoomOp['t'];
  op_by: string;
  op_rev: number;
  op_ts: number;
  detail: string;
  message: MessageRow;
}

export const SELECT_OPS = `
  SELECT o.seq AS op_seq, o.kind, o.user_id AS op_by, o.rev AS op_rev, o.ts AS op_ts, o.detail,
         row_to_json(m) AS message
  FROM room_ops o LEFT JOIN messages m ON m.id = o.message_id`;

export function messageOf(row: MessageRow): WireMessage {
  return {
    id: row.id,
    roomId: row.room_id,
    seq: row.seq,
    n: row.n,
    cid: row.cid,
    from: row.user_id,
    device: row.device,
    ts: row.ts,
    text: row.text,
    ...(row.meta !== null && { meta: JSON.parse(row.meta) as Json }),
    ...(row.reply_to !== null && { replyTo: row.reply_to }),
    rev: row.rev,
    ...(row.edited_at !== null && { editedAt: row.edited_at }),
    ...(row.deleted_at !== null && { deletedAt: row.deleted_at }),
  };
}

/**
 * The op as it is told today: with its message's present text, not that of its time.
 *
 * So nothing deleted is told again; a later op of the same message carries a higher `rev`.
 */
export function opOf(row: OpRow): RoomOp {
  const { op_seq: seq, op_ts: ts, op_by: by, op_rev: rev, message } = row;
  switch (row.kind) {
    case 'msg':
      return { t: 'msg', seq, m: messageOf(message) };
    case 'edit':
      return { t: 'edit', seq, id: message.id, rev, text: message.text, ts, by };
    case 'del':
      return { t: 'del', seq, id: message.id, rev, ts, by };
    case 'member':
      return { t: 'member', seq, user: by, name: row.detail, change: 'join', ts };
    case 'room':
      return { t: 'room', seq, patch: JSON.parse(row.detail) as RoomPatch, ts };
  }
}
