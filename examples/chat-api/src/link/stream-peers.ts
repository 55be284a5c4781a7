import { Injectable } from '@nestjs/common';
import type { UserId } from 'tabcast/contract';
import { Bus } from '../common/bus.js';
import type { StreamPeer } from './stream-peer.js';

/** The peers whose streams this node writes. */
@Injectable()
export class StreamPeers {
  private readonly byName = new Map<string, StreamPeer>();

  constructor(private readonly bus: Bus) {
    bus.on('link').subscribe(({ name, id }) => {
      const known = this.byName.get(name);
      if (known && known.id !== id) known.close();
    });
  }

  /** Takes a peer in, in place of one by its name. Returns how to take it out. */
  enter(peer: StreamPeer): () => void {
    const { name, id } = peer;
    this.bus.publish('link', { name, id });
    this.byName.set(name, peer);
    return () => {
      if (this.byName.get(name) === peer) this.byName.delete(name);
    };
  }

  find(name: string): StreamPeer | undefined {
    return this.byName.get(name);
  }

  closeAll(): void {
    for (const peer of this.byName.values()) peer.close();
  }
}

/** Names of two users' connections never meet, whatever the clients call them. */
export function peerName(user: UserId, connection: string): string {
  return `${user} ${connection}`;
}
