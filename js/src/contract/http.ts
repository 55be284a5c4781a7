import type { EpochMs } from './envelope.js';
import type { ClientToServer, ServerToClient } from './events.js';
import type { PresenceState } from './presence.js';
import type { DeviceId, MessageId, RoomId, RoomInfo, RoomOp, Seq, User, UserId } from './room.js';

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

/** `POST /api/renew` with a token that is still valid: the same user's next one. */
export type RenewReply = Omit<LoginReply, 'user'>;

/** `GET /api/stats`: the connections of the node that answers. */
export interface StatsReply {
  /** Open Socket.IO connections, of whatever transport. */
  connections: number;
  /** Socket.IO connections opened since the start. */
  opened: number;
  /** Open event streams. */
  streams: number;
  /** Of the open connections, those that are logged in, by user. Only told with a valid token. */
  users?: (User & { connections: number })[];
}

/**
 * Events of `GET /rt/stream?rooms=a,b&notify=true`. Every one carries the same kind of id: the place in each
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
  /** With `notify=true`: somebody else's message in a room of the user's that is not streamed. */
  notify: Notification;
}

/** What there is to show of a message to a user who is elsewhere. */
export interface Notification {
  /** Of the message. */
  id: MessageId;
  roomId: RoomId;
  seq: Seq;
  from: UserId;
  /** The sender's name. */
  title: string;
  /** The start of the text. */
  body: string;
}

/**
 * `GET /rt/link?device=…&connection=…&v=1`: a connection for a client whose network lets no socket
 * pass. It tells the events of {@link ServerToClient}; calls are made by `POST /rt/cmd`.
 *
 * Like a socket it begins with nothing joined: each time it opens, say `rt:hello`.
 */
export interface LinkQuery {
  device: DeviceId;
  /** Chosen by the client, like a device id. A second stream with the same one ends the first. */
  connection: string;
  v: string;
}

/** The events of `GET /rt/link`. */
export type LinkEvents = {
  [Event in Exclude<keyof ServerToClient, 'exception'>]: Parameters<ServerToClient[Event]>[0];
};

/**
 * `POST /rt/cmd`, answered with status 200 and the `Ack` of the event; `typing` with `data: null`.
 *
 * `unavailable` also says that the connection's stream is not open.
 */
export interface CommandRequest {
  connection: string;
  event: keyof ClientToServer;
  payload: unknown;
}
