import type { LinkEvents } from 'tabcast/contract';
import type { Bus } from '../common/bus.js';
import { audience } from '../common/realtime.js';
import type { Config } from '../config.js';
import type { RoomLog } from '../rooms/room-log.js';
import type { EventWriter } from '../sse/event-writer.js';
import type { Epoch } from '../storage/epoch.js';
import type { Pending, StreamPeer } from './stream-peer.js';

export interface PeerSources {
  readonly config: Config;
  readonly bus: Bus;
  readonly epoch: Epoch;
  readonly log: RoomLog;
}

/** Tells a peer what a socket in the same rooms would hear. */
export class PeerStream {
  constructor(
    private readonly sources: PeerSources,
    private readonly peer: StreamPeer,
    private readonly writer: EventWriter<LinkEvents>,
  ) {}

  /** Runs until the peer is closed. */
  async run(): Promise<void> {
    const { peer, writer } = this;
    const { bus, config } = this.sources;
    const subscription = bus.on('op').subscribe(({ roomId, seq }) => {
      if (peer.rooms.has(audience.room(roomId))) peer.push({ type: 'stored', roomId, seq });
    });
    subscription.add(
      bus.on('typing').subscribe(({ connection, ...data }) => {
        const isOther = connection !== peer.id && peer.rooms.has(audience.room(data.roomId));
        if (isOther) peer.push({ type: 'typing', data });
      }),
    );
    subscription.add(
      bus.on('presence').subscribe(({ user, diff }) => {
        if (peer.rooms.has(audience.watchers(user))) peer.push({ type: 'presence', data: diff });
      }),
    );
    try {
      await writer.open(RETRY_MS);
      while (peer.connected) {
        const pending = await peer.take(config.sseHeartbeatMs);
        for (const each of pending) await this.tell(each);
        if (pending.length === 0 && peer.connected) await writer.comment('hb');
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  private async tell(pending: Pending): Promise<void> {
    if (pending.type !== 'stored') return this.writer.event(pending.type, pending.data);
    const { roomId, seq } = pending;
    const [op] = await this.sources.log.ops(roomId, seq, seq);
    if (op) await this.writer.event('room:op', { roomId, epoch: this.sources.epoch.value, op });
  }
}

const RETRY_MS = 2000;
