import { Injectable } from '@nestjs/common';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { ClientToServer, RoomId, ServerToClient, UserId } from 'tabcast/contract';
import type { Connection } from './connection.js';

export type RtSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, Connection>;
export type RtNamespace = Namespace<ClientToServer, ServerToClient, DefaultEventsMap, Connection>;

/** One client: a socket, or a stream whose calls come by HTTP. */
export type Peer = Pick<RtSocket, 'id' | 'data' | 'connected' | 'rooms' | 'join' | 'leave'>;

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
