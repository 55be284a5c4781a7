import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type {
  DeviceKind,
  PresenceDiff,
  PresenceMeta,
  PresenceSetRequest,
  UserId,
} from 'tabcast/contract';
import { Bus } from '../common/bus.js';
import { audience, Realtime, type Peer } from '../common/realtime.js';
import { WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { PresenceStore } from './presence-store.js';

interface Session {
  user: UserId;
  meta: PresenceMeta;
}

/** Who is there. Holds the entries of this node's connections and keeps them alive in the store. */
@Injectable()
export class PresenceService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(PresenceService.name);
  /** By id of the connection. */
  private readonly sessions = new Map<string, Session>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly config: Config,
    private readonly store: PresenceStore,
    private readonly realtime: Realtime,
    private readonly bus: Bus,
  ) {}

  onModuleInit(): void {
    const sweepMs = Math.min(1000, this.config.presenceGraceMs / 4);
    this.timers.push(
      setInterval(() => this.attempt(this.sweep()), sweepMs),
      setInterval(() => this.attempt(this.renew()), RENEW_MS),
    );
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    // Their devices will come back on another node.
    await Promise.all([...this.sessions.values()].map((session) => this.linger(session)));
    this.sessions.clear();
  }

  /** Makes the connection's device present. A second call changes its kind. Returns its `ref`. */
  async enter(peer: Peer, kind: DeviceKind): Promise<string> {
    const { device, user } = peer.data;
    const known = this.sessions.get(peer.id)?.meta;
    const fresh = { ref: randomUUID(), device, state: 'online' as const };
    return this.enterAs(peer, user.id, { ...fresh, ...known, kind, activeAt: Date.now() });
  }

  async set(peer: Peer, { state, data }: PresenceSetRequest): Promise<string> {
    const session = this.sessions.get(peer.id);
    if (!session) throw new WireException('conflict', 'unable to set presence; no rt:hello before');
    const { data: _, ...meta } = session.meta;
    return this.enterAs(peer, session.user, {
      ...meta,
      state,
      activeAt: Date.now(),
      ...(data !== undefined && { data }),
    });
  }

  /** Ends a connection's entry: at once if it was the client's will, else after the grace. */
  async leave(peer: Peer, reason: string): Promise<void> {
    const session = this.sessions.get(peer.id);
    if (!session) return;
    this.sessions.delete(peer.id);
    if (!FINAL.has(reason)) return this.linger(session);
    const { user, meta } = session;
    if (await this.store.remove(user, meta.ref)) this.announce(user, [], [meta.ref]);
  }

  /** Starts telling the connection of these users' changes; returns how they are now. */
  async watch(peer: Peer, users: readonly UserId[]): Promise<Record<UserId, PresenceMeta[]>> {
    const { watching } = peer.data;
    const added = users.filter((user) => !watching.has(user));
    if (watching.size + added.length > MAX_WATCHED) {
      throw new WireException('too_large', `unable to watch; more than ${MAX_WATCHED} users`);
    }
    for (const user of added) watching.add(user);
    await peer.join(users.map(audience.watchers));
    return Object.fromEntries(await this.store.metas(users));
  }

  async unwatch(peer: Peer, users: readonly UserId[]): Promise<void> {
    for (const user of users) {
      peer.data.watching.delete(user);
      await peer.leave(audience.watchers(user));
    }
  }

  private async enterAs(peer: Peer, user: UserId, meta: PresenceMeta): Promise<string> {
    // A connection that has gone would be present for ever.
    if (!peer.connected) throw new WireException('unavailable', 'unable to enter; disconnected');
    this.sessions.set(peer.id, { user, meta });
    const { replaced } = await this.store.put(user, meta, TTL_MS);
    this.announce(user, [meta], replaced);
    return meta.ref;
  }

  private linger({ user, meta }: Session): Promise<void> {
    return this.store.linger(user, meta.device, meta.ref, this.config.presenceGraceMs);
  }

  private async sweep(): Promise<void> {
    for (const { user, ref } of await this.store.takeEnded()) this.announce(user, [], [ref]);
  }

  /** Keeps this node's entries alive, and brings back those that were lost. */
  private async renew(): Promise<void> {
    for (const { user, meta } of this.sessions.values()) {
      const { created, replaced } = await this.store.put(user, meta, TTL_MS);
      if (created || replaced.length > 0) this.announce(user, [meta], replaced);
    }
  }

  private announce(user: UserId, joins: PresenceMeta[], leaves: string[]): void {
    const diff: PresenceDiff = {
      joins: joins.length > 0 ? Object.fromEntries([[user, joins]]) : {},
      leaves: leaves.length > 0 ? Object.fromEntries([[user, leaves]]) : {},
    };
    this.realtime.namespace.to(audience.watchers(user)).emit('presence', diff);
    this.bus.publish('presence', { user, diff });
  }

  private attempt(work: Promise<void>): void {
    work.catch((error: unknown) => this.logger.warn(`presence not kept up: ${String(error)}`));
  }
}

/** The reasons of a `disconnect` that the client has asked for. */
const FINAL: ReadonlySet<string> = new Set([
  'client namespace disconnect',
  'server namespace disconnect',
]);

const TTL_MS = 60_000;
const RENEW_MS = 20_000;
const MAX_WATCHED = 1000;
