import type { EpochMs } from './envelope.js';
import type { PresenceState } from './presence.js';
import type { RoomId, RoomInfo, RoomOp, Seq, User, UserId } from './room.js';

/** `POST /api/login`. */
export interface LoginRequest {
  /** 1 to 32 characters. The same name on two devices is the same user. */
  name: string;
}

export interface LoginReply {
  /** For the `auth` of the handshake and for `Authorization: Bearer`. */
  token: string;
  expiresAt: EpochMs;
  user: User;
}

/** `GET /api/rooms`. */
export interface RoomsReply {
  rooms: RoomInfo[];
}

/** `GET /api/users`: who has ever logged in, newest first, at most 1000. */
export interface UsersReply {
  users: User[];
}

/** `GET /api/stats`: the connections of the node that answers. */
export interface StatsReply {
  /** Open Socket.IO connections, of whatever transport. */
  connections: number;
  /** Socket.IO connections opened since the start. */
  opened: number;
  /** Open event streams. */
  streams: number;
  /** Of the open connections, those that are logged in, by user. */
  users: (User & { connections: number })[];
}

/**
 * Events of `GET /rt/stream?rooms=a,b`. Every one carries the same kind of id: the place in each
 * room, to be given back as `Last-Event-ID` or `?lastEventId=`.
 */
export interface StreamEvents {
  /** The first event: where the stream begins. */
  'rt-ready': { rooms: Record<RoomId, Seq> };
  /** The id that was given cannot be resumed. The stream goes on live from here. */
  'rt-reset': { reason: 'unknown' | 'too_old'; rooms: Record<RoomId, Seq> };
  'room:op': { roomId: RoomId; epoch: string; op: RoomOp };
  /** Users whose state changed; with `full`, all who are not offline. */
  presence: { users: Record<UserId, PresenceState | 'offline'>; full?: true };
}
