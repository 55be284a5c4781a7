import type { DeviceId, PresenceMeta, UserId } from 'tabcast/contract';
import { type Ended, PresenceStore, type Stored } from './presence-store.js';

interface Entry {
  meta: PresenceMeta;
  lingering: boolean;
  endsAt: number;
}

/** The entries of a server that is the only one. */
export class MemoryPresenceStore extends PresenceStore {
  private readonly entries = new Map<UserId, Map<string, Entry>>();

  override async put(user: UserId, meta: PresenceMeta, ttlMs: number): Promise<Stored> {
    const own = this.entries.get(user) ?? new Map<string, Entry>();
    this.entries.set(user, own);
    const created = !own.has(meta.ref);
    own.set(meta.ref, { meta, lingering: false, endsAt: performance.now() + ttlMs });
    const replaced = [...own]
      .filter(([, entry]) => entry.lingering && entry.meta.device === meta.device)
      .map(([ref]) => ref);
    for (const ref of replaced) own.delete(ref);
    return { created, replaced };
  }

  override async linger(user: UserId, _: DeviceId, ref: string, graceMs: number): Promise<void> {
    const entry = this.entries.get(user)?.get(ref);
    if (!entry) return;
    entry.lingering = true;
    entry.endsAt = performance.now() + graceMs;
  }

  override async remove(user: UserId, ref: string): Promise<boolean> {
    const own = this.entries.get(user);
    const removed = own?.delete(ref) ?? false;
    if (own?.size === 0) this.entries.delete(user);
    return removed;
  }

  override async takeEnded(): Promise<Ended[]> {
    const now = performance.now();
    const ended = [...this.entries].flatMap(([user, own]) =>
      [...own].filter(([, entry]) => entry.endsAt <= now).map(([ref]) => ({ user, ref })),
    );
    for (const { user, ref } of ended) await this.remove(user, ref);
    return ended;
  }

  override async metas(users: readonly UserId[]): Promise<Map<UserId, PresenceMeta[]>> {
    return new Map(
      users.map((user) => [
        user,
        [...(this.entries.get(user)?.values() ?? [])].map((entry) => entry.meta),
      ]),
    );
  }

  override async users(): Promise<UserId[]> {
    return [...this.entries.keys()];
  }
}
