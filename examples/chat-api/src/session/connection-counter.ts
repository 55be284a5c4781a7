import { Injectable } from '@nestjs/common';
import type { StatsReply, User } from 'tabcast/contract';
import type { RtNamespace } from '../common/realtime.js';

/** Counts the Socket.IO connections of this node, so that a test can tell one from three. */
@Injectable()
export class ConnectionCounter {
  private namespace?: RtNamespace;
  private opened = 0;

  attach(namespace: RtNamespace): void {
    this.namespace = namespace;
    namespace.server.engine.on('connection', () => (this.opened += 1));
  }

  get open(): number {
    return this.namespace?.server.engine.clientsCount ?? 0;
  }

  stats(): Omit<Required<StatsReply>, 'streams'> {
    const users = new Map<string, User & { connections: number }>();
    for (const { data } of this.namespace?.sockets.values() ?? []) {
      const entry = users.get(data.user.id) ?? { ...data.user, connections: 0 };
      users.set(data.user.id, { ...entry, connections: entry.connections + 1 });
    }
    return { connections: this.open, opened: this.opened, users: [...users.values()] };
  }
}
