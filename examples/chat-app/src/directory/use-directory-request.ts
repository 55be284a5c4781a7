import { useCallback, useEffect, useMemo, useState } from 'react';
import type { RoomInfo, User } from 'tabcast/contract';
import { ApiError, fetchRooms, fetchUsers } from '../session/api';
import { signOut, useSession } from '../session/session';

const RETRY_MS = 5_000;

interface Answer {
  readonly rooms: readonly RoomInfo[];
  readonly users: readonly User[];
}

export interface DirectoryRequest extends Answer {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: ApiError | null;
  /** Asks again: after a failure, or when somebody unknown turned up. */
  readonly refresh: () => void;
}

const EMPTY: Answer = { rooms: [], users: [] };

/** Rooms and users from the server, asked for again every few seconds until it answered once. */
export function useDirectoryRequest(): DirectoryRequest {
  const { token } = useSession();
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const refresh = useCallback(() => setRound((last) => last + 1), []);

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (fetched: Answer) => {
      if (!current) return;
      setAnswer(fetched);
      setError(null);
    };
    const fail = (reason: ApiError) => {
      if (!current) return;
      if (reason.code === 'unauthorized' || reason.code === 'token_expired') {
        signOut(`${reason.message} Please sign in again.`);
        return;
      }
      setError(reason);
      timer = setTimeout(refresh, RETRY_MS);
    };
    Promise.all([fetchRooms(token), fetchUsers(token)])
      .then(([{ rooms }, { users }]) => ({ rooms, users }))
      .then(settle, fail);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [token, round, refresh]);

  return useMemo(() => {
    const status = answer ? 'ready' : error ? 'failed' : 'loading';
    return { ...(answer ?? EMPTY), status, error, refresh };
  }, [answer, error, refresh]);
}
