import { Injectable } from '@nestjs/common';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type {
  ClientToServer,
  DeviceId,
  RoomId,
  ServerToClient,
  User,
  UserId,
} from 'tabcast/contract';
import type { TokenBucket } from './token-bucket.js';

/** What the server knows of one connection. */
export interface Connection {
  readonly user: User;
  readonly device: DeviceId;
  readonly calls: TokenBucket;
  readonly sends: TokenBucket;
  /** Users whose presence it watches. */
  readonly watching: Set<UserId>;
}

export type RtSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, Connection>;
export type RtNamespace = Namespace<ClientToServer, ServerToClient, DefaultEventsMap, Connection>;

/** Names of Socket.IO rooms. */
export const audience = {
  room: (id: RoomId) => `room:${id}`,
  watchers: (user: UserId) => `watch:${user}`,
};

/** The namespace, for services that emit. Known once the gateways are up. */
@Injectable()
export class Realtime {
  private attached?: RtNamespace;

  attach(namespace: RtNamespace): void {
    this.attached = namespace;
  }

  get namespace(): RtNamespace {
    if (!this.attached) throw new Error('unable to emit; no gateway is up yet');
    return this.attached;
  }
}
