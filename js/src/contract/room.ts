import type { EpochMs, Json } from './envelope.js';

/** Opaque, at most 64 ASCII characters. */
export type UserId = string;
/** Opaque, at most 64 characters of `A-Z a-z 0-9 _ -`. */
export type RoomId = string;
/** Chosen by the client, one per browser profile, 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
export type DeviceId = string;
/** Assigned by the server, opaque. */
export type MessageId = string;
/** Chosen by the sender, unique per user and room, 1 to 64 ASCII characters: the idempotency key. */
export type ClientMsgId = string;
/** Place in the order of a room: contiguous, from 1, at most 2^53 - 1. */
export type Seq = number;

export interface User {
  id: UserId;
  name: string;
}

export interface WireMessage {
  id: MessageId;
  roomId: RoomId;
  /** Place of its creation. Never changes: messages are sorted by it. */
  seq: Seq;
  /** Ordinal among the messages of the room, from 1. */
  n: number;
  cid: ClientMsgId;
  from: UserId;
  /** The device that sent it. */
  device: DeviceId;
  ts: EpochMs;
  /** Empty if the message was deleted. */
  text: string;
  meta?: Json;
  replyTo?: MessageId;
  /** Grows with every edit, from 0. A change applies only if its `rev` is higher than the known. */
  rev: number;
  editedAt?: EpochMs;
  /** A deleted message stays as a tombstone, so that the order has no hole. */
  deletedAt?: EpochMs;
}

/**
 * A durable change of a room. All kinds share one contiguous `seq`.
 *
 * A client that does not know a `t` skips the op, but counts its place.
 */
export type RoomOp =
  | { t: 'msg'; seq: Seq; m: WireMessage }
  | { t: 'edit'; seq: Seq; id: MessageId; rev: number; text: string; ts: EpochMs; by: UserId }
  | { t: 'del'; seq: Seq; id: MessageId; rev: number; ts: EpochMs; by: UserId }
  | { t: 'member'; seq: Seq; user: UserId; name: string; change: 'join'; ts: EpochMs }
  | { t: 'room'; seq: Seq; patch: RoomPatch; ts: EpochMs };

/** What changed of a room; what is not named did not. */
export interface RoomPatch {
  name?: string;
  topic?: string;
}

export interface RoomInfo {
  roomId: RoomId;
  name: string;
  topic: string;
  head: Seq;
}

/** A device on which a user is typing. */
export interface Typer {
  user: UserId;
  device: DeviceId;
  /** How long to believe it without a renewal, in milliseconds from now. */
  ttl: number;
}

export interface RoomSnapshot {
  roomId: RoomId;
  /** Changes when the numbering started anew: then nothing known of the room is valid any more. */
  epoch: string;
  /** The newest op of the room. */
  head: Seq;
  /** The oldest op that the server still has. */
  firstSeq: Seq;
  /**
   * Contiguous, and up to `head`: all ops after `since` if the epoch was given and is the same and
   * at most `syncMax` are missing, else the newest ones.
   */
  ops: RoomOp[];
  /** Whether ops between `since` (else `firstSeq`) and the first of `ops` were left out. */
  more: boolean;
  /** The members who joined last, at most `membersMax`. */
  members: User[];
  typing: Typer[];
}
