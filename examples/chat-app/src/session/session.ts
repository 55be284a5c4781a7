import { createContext, useContext } from 'react';
import type { User } from 'tabcast/contract';
import { LocalValue, useLocalValue } from '../storage/local-value';

export interface Session {
  readonly token: string;
  readonly user: User;
}

/** Who is signed in on this browser profile; every tab follows a sign-in and a sign-out at once. */
export const storedSession = new LocalValue<Session | null>('tabcast-chat.session', parseSession);

export const SessionContext = createContext<Session | null>(null);

export function useStoredSession(): Session | null {
  return useLocalValue(storedSession);
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('unable to read the session; nobody is signed in here');
  return session;
}

let reason: string | null = null;

/** Ends the session in all tabs of the profile. The reason stands on the sign-in page of this tab. */
export function signOut(because: string | null = null): void {
  reason = because;
  storedSession.write(null);
}

export function signOutReason(): string | null {
  return reason;
}

function parseSession(stored: unknown): Session | null {
  const { token, user } = (stored ?? {}) as { token?: unknown; user?: Partial<User> };
  if (typeof token !== 'string') return null;
  if (typeof user?.id !== 'string' || typeof user.name !== 'string') return null;
  return { token, user: { id: user.id, name: user.name } };
}
