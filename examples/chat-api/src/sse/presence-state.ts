import type { PresenceMeta, PresenceState, UserId } from 'tabcast/contract';
import type { PresenceStore } from '../presence/presence-store.js';

type UserState = PresenceState | 'offline';

/** What these users are, folded over their devices. */
export async function presenceOf(
  store: PresenceStore,
  users: readonly UserId[],
): Promise<Record<UserId, UserState>> {
  const metas = await store.metas(users);
  return Object.fromEntries([...metas].map(([user, entries]) => [user, fold(entries)]));
}

/** The strongest state of all devices. */
function fold(metas: readonly PresenceMeta[]): UserState {
  const states = new Set<UserState>(metas.map((meta) => meta.state));
  return STRONGEST_FIRST.find((state) => states.has(state)) ?? 'offline';
}

const STRONGEST_FIRST: readonly PresenceState[] = ['dnd', 'online', 'away'];
