import { Injectable } from '@nestjs/common';
import type { RoomId, Typer, TypingEvent, UserId } from 'tabcast/contract';
import { Bus, type BusEvents } from '../common/bus.js';
import { audience, type Peer, Realtime } from '../common/realtime.js';
import { Config } from '../config.js';

/** One device that types: who said so last, and until when it holds. */
interface Entry {
  user: UserId;
  device: string;
  connection: string;
  expiresAt: number;
}

/** Who is typing where. Every node knows all of it, from the bus. */
@Injectable()
export class TypingService {
  private readonly rooms = new Map<RoomId, Map<string, Entry>>();

  constructor(
    private readonly config: Config,
    private readonly realtime: Realtime,
    private readonly bus: Bus,
  ) {
    bus.on('typing').subscribe((event) => this.apply(event));
  }

  /** Tells the others in the room. Dropped if the connection is not in it. */
  set(peer: Peer, roomId: RoomId, on: boolean): void {
    if (!peer.rooms.has(audience.room(roomId))) return;
    const { user, device } = peer.data;
    const ttl = on ? this.config.limits.typingTtlMs : 0;
    const event: TypingEvent = { roomId, user: user.id, device, on, ttl };
    const others = this.realtime.namespace.to(audience.room(roomId)).except(peer.id);
    others.emit('typing', event);
    this.bus.publish('typing', { ...event, connection: peer.id });
  }

  /** Ends what `peer` has started, unless another connection of its device has gone on. */
  stop(peer: Peer, roomId: RoomId): void {
    const entry = this.rooms.get(roomId)?.get(keyOf(peer.data.user.id, peer.data.device));
    if (entry?.connection === peer.id) this.set(peer, roomId, false);
  }

  /** Ends what a connection that goes away has started. */
  stopAll(peer: Peer): void {
    for (const roomId of this.rooms.keys()) this.stop(peer, roomId);
  }

  /** A message of `user` ends his typing; clients know that by themselves. */
  forgetUser(roomId: RoomId, user: UserId): void {
    for (const { device, user: typer, connection } of this.rooms.get(roomId)?.values() ?? []) {
      if (typer !== user) continue;
      this.bus.publish('typing', { roomId, user, device, on: false, ttl: 0, connection });
    }
  }

  typers(roomId: RoomId): Typer[] {
    const now = performance.now();
    return [...(this.rooms.get(roomId)?.values() ?? [])]
      .map(({ user, device, expiresAt }) => ({ user, device, ttl: Math.ceil(expiresAt - now) }))
      .filter(({ ttl }) => ttl > 0);
  }

  private apply({ roomId, user, device, on, ttl, connection }: BusEvents['typing']): void {
    const now = performance.now();
    const entries = this.rooms.get(roomId) ?? new Map<string, Entry>();
    for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key);
    entries.delete(keyOf(user, device));
    if (on) entries.set(keyOf(user, device), { user, device, connection, expiresAt: now + ttl });
    if (entries.size > 0) this.rooms.set(roomId, entries);
    else this.rooms.delete(roomId);
  }
}

function keyOf(user: UserId, device: string): string {
  return `${user} ${device}`;
}
