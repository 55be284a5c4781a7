import type { Ack, EpochMs, ErrorCode, Json, WireError } from './envelope.js';
import type { ServerLimits } from './limits.js';
import type { DeviceKind, PresenceDiff, PresenceMeta, PresenceState } from './presence.js';
import type {
  ClientMsgId,
  DeviceId,
  MessageId,
  RoomId,
  RoomOp,
  RoomSnapshot,
  Seq,
  UserId,
  WireMessage,
} from './room.js';

/** The version of this contract, sent as `v` in the handshake and in `rt:hello`. */
export const PROTOCOL_VERSION = 1;

/** The Socket.IO namespace that speaks this contract. */
export const RT_NAMESPACE = '/rt';

/**
 * The `auth` of the Socket.IO handshake.
 *
 * A refusal arrives as `connect_error` whose `data` is a {@link WireError}. Socket.IO does not try
 * again by itself after one.
 */
export interface HandshakeAuth {
  token: string;
  device: DeviceId;
  v: typeof PROTOCOL_VERSION;
}

/** How far the client has a room. `since` counts only together with its `epoch`. */
export interface RoomCursor {
  epoch?: string;
  /** The newest op that the client has. */
  since?: Seq;
}

/** The first call on every connection: who is there, and what was missed. */
export interface HelloRequest {
  v: typeof PROTOCOL_VERSION;
  /** The device of the handshake. */
  device: DeviceId;
  kind: DeviceKind;
  /** Rooms to join, at most 100. */
  rooms: ({ roomId: RoomId } & RoomCursor)[];
}

export interface HelloReply {
  user: UserId;
  /** This connection's presence entry. */
  session: string;
  now: EpochMs;
  limits: ServerLimits;
  rooms: RoomSnapshot[];
  denied: { roomId: RoomId; error: WireError }[];
}

export interface JoinRequest extends RoomCursor {
  roomId: RoomId;
  /** Ops to give without a cursor. Default 50, at most `historyPage`. */
  limit?: number;
}

/** Asks for ops `from` to `to`, both included. More than `syncMax` of them: `gap_too_large`. */
export interface SyncRequest {
  roomId: RoomId;
  from: Seq;
  /** Default and at most: the newest. */
  to?: Seq;
  /** Ops to give at most. Default and at most: `syncMax`. */
  limit?: number;
}

export interface SyncReply {
  ops: RoomOp[];
  head: Seq;
  /** Whether `limit` cut off the rest of the range. */
  more: boolean;
}

export interface HistoryRequest {
  roomId: RoomId;
  /** Give messages created before this op. */
  before: Seq;
  /** At most `historyPage`. */
  limit: number;
}

export interface HistoryReply {
  /** In ascending order, as they are now. */
  messages: WireMessage[];
  /** Whether there are older ones. */
  more: boolean;
}

/** A second one with the same `cid` is answered with the stored message and changes nothing. */
export interface SendRequest {
  roomId: RoomId;
  cid: ClientMsgId;
  text: string;
  /** At most 2048 bytes of JSON. */
  meta?: Json;
  replyTo?: MessageId;
}

/** Fails with `conflict` if the message is not at `baseRev` any more. */
export interface EditRequest {
  roomId: RoomId;
  id: MessageId;
  cid: ClientMsgId;
  baseRev: number;
  text: string;
}

export interface DeleteRequest {
  roomId: RoomId;
  id: MessageId;
  cid: ClientMsgId;
}

export interface ChangeReply {
  seq: Seq;
  rev: number;
}

export interface TypingRequest {
  roomId: RoomId;
  on: boolean;
}

export interface PresenceSetRequest {
  state: PresenceState;
  data?: Json;
}

export interface PresenceWatchRequest {
  /** At most 200 a call, and 1000 watched by a connection. */
  users: UserId[];
  on: boolean;
}

/** Gives a connection a newer token of the same user, so that it does not end with the older one. */
export interface RefreshRequest {
  token: string;
}

/** Events from client to server. Emit them as Socket.IO types them: payload, then callback. */
export interface ClientToServer {
  'rt:hello': (request: HelloRequest, ack: (reply: Ack<HelloReply>) => void) => void;
  'room:join': (request: JoinRequest, ack: (reply: Ack<RoomSnapshot>) => void) => void;
  /** Ends the room's events on this connection. The user stays a member. */
  'room:leave': (request: { roomId: RoomId }, ack: (reply: Ack<{ left: true }>) => void) => void;
  'room:sync': (request: SyncRequest, ack: (reply: Ack<SyncReply>) => void) => void;
  'room:history': (request: HistoryRequest, ack: (reply: Ack<HistoryReply>) => void) => void;
  'msg:send': (request: SendRequest, ack: (reply: Ack<WireMessage>) => void) => void;
  'msg:edit': (request: EditRequest, ack: (reply: Ack<ChangeReply>) => void) => void;
  'msg:del': (request: DeleteRequest, ack: (reply: Ack<ChangeReply>) => void) => void;
  /** Not acknowledged. Dropped unless this connection has joined the room. */
  typing: (request: TypingRequest) => void;
  'presence:set': (request: PresenceSetRequest, ack: (reply: Ack<{ ref: string }>) => void) => void;
  /** The answer holds every entry of each user; diffs that came before it still apply after it. */
  'presence:watch': (
    request: PresenceWatchRequest,
    ack: (reply: Ack<{ users: Record<UserId, PresenceMeta[]> }>) => void,
  ) => void;
  'auth:refresh': (
    request: RefreshRequest,
    ack: (reply: Ack<{ expiresAt: EpochMs }>) => void,
  ) => void;
}

export interface RoomOpEvent {
  roomId: RoomId;
  epoch: string;
  op: RoomOp;
}

export interface TypingEvent {
  roomId: RoomId;
  user: UserId;
  device: DeviceId;
  on: boolean;
  /** How long to believe it without a renewal, in milliseconds. 0 if `on` is false. */
  ttl: number;
}

/** Events from server to client. */
export interface ServerToClient {
  /** The only durable stream. Sort by `seq`; ask with `room:sync` for what is missing. */
  'room:op': (event: RoomOpEvent) => void;
  /** To everybody in the room but the connection that types. */
  typing: (event: TypingEvent) => void;
  /** To those who watch one of the users. */
  presence: (event: PresenceDiff) => void;
  /** The token ends then, and the connection with it unless `auth:refresh` brings a newer one. */
  'auth:expiring': (event: { expiresAt: EpochMs }) => void;
  /** The server goes away: connect again after this many milliseconds. */
  'rt:drain': (event: { reconnectInMs: number }) => void;
  /** What NestJS emits for an error that no filter turned into an answer. */
  exception: (event: {
    status?: 'error';
    message: string;
    code?: ErrorCode;
    cause?: { pattern: string; data: unknown };
  }) => void;
}
