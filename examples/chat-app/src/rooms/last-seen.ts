import { useCallback } from 'react';
import { LocalValue, useLocalValue } from '../storage/local-value';
import { useSession } from '../session/session';

/** Per room the `seq` up to which this user has seen it in this browser. */
type LastSeen = Readonly<Record<string, number>>;

const stores = new Map<string, LocalValue<LastSeen>>();

/** What was seen, and how to say that more was. All tabs of the profile share it. */
export function useLastSeen(room: string): readonly [number | null, (seq: number) => void] {
  const { user } = useSession();
  const store = storeOf(user.id);
  const seen = useLocalValue(store)[room] ?? null;
  const see = useCallback(
    (seq: number) => {
      const all = store.read();
      if (seq > (all[room] ?? -1)) store.write({ ...all, [room]: seq });
    },
    [store, room],
  );
  return [seen, see];
}

function storeOf(user: string): LocalValue<LastSeen> {
  let store = stores.get(user);
  if (!store) {
    store = new LocalValue(`tabcast-chat.seen.${user}`, parse);
    stores.set(user, store);
  }
  return store;
}

function parse(stored: unknown): LastSeen {
  if (typeof stored !== 'object' || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).filter(([, seq]) => Number.isInteger(seq)));
}
