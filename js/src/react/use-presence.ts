'use client';

import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { UserPresence } from '../chat/types.js';
import type { Json, PresenceState, UserId } from '../contract/index.js';
import { useRealtimeClient } from './provider.js';

/** The presence of a user, folded over all devices. */
export function usePresence(user: UserId): UserPresence;
/** The presence of each of `users`. */
export function usePresence(users: readonly UserId[]): ReadonlyMap<UserId, UserPresence>;
export function usePresence(
  target: UserId | readonly UserId[],
): UserPresence | ReadonlyMap<UserId, UserPresence> | undefined {
  const isOne = typeof target === 'string';
  const all = useGroup(isOne ? [target] : target);
  return isOne ? all.get(target) : all;
}

export interface UseMyPresence {
  readonly state: UserPresence['state'];
  /** Tells others the state of this device. Rejects with a {@link TabcastError}. */
  set(state: PresenceState, data?: Json): Promise<void>;
}

/** The user's own presence, as others see it. */
export function useMyPresence(): UseMyPresence {
  const client = useRealtimeClient();
  const { state } = usePresence(client.user.id);
  const set = useCallback(
    (state: PresenceState, data?: Json) => client.setPresence(state, data),
    [client],
  );
  return useMemo(() => ({ state, set }), [state, set]);
}

/** The same as long as the users are the same, whatever the identity of the list. */
function useGroup(users: readonly UserId[]): ReadonlyMap<UserId, UserPresence> {
  const client = useRealtimeClient();
  const key = JSON.stringify(users);
  const group = useMemo(() => client.presence(JSON.parse(key) as UserId[]), [client, key]);
  return useSyncExternalStore(group.subscribe, group.getSnapshot, group.getServerSnapshot);
}
