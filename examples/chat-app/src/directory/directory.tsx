import { createContext, useContext, useMemo, type ReactNode } from 'react';
import type { User } from 'tabcast/contract';
import { useSession } from '../session/session';
import { useDirectoryRequest, type DirectoryRequest } from './use-directory-request';

interface Directory extends DirectoryRequest {
  /** The name of a user; the id itself while the server has not told it. */
  readonly nameOf: (user: string) => string;
}

const DirectoryContext = createContext<Directory | null>(null);

/** The rooms there are and the people who use them. */
export function DirectoryProvider({ children }: { readonly children: ReactNode }) {
  const { user } = useSession();
  const request = useDirectoryRequest();
  const directory = useMemo((): Directory => {
    const names = new Map([user, ...request.users].map(({ id, name }) => [id, name]));
    return { ...request, nameOf: (id) => names.get(id) ?? id };
  }, [request, user]);
  return <DirectoryContext value={directory}>{children}</DirectoryContext>;
}

export function useDirectory(): Directory {
  const directory = useContext(DirectoryContext);
  if (!directory) throw new Error('unable to read the directory; no <DirectoryProvider> above');
  return directory;
}

/** Everybody known, oneself first, then by name. */
export function usePeople(): readonly User[] {
  const { user } = useSession();
  const { users } = useDirectory();
  return useMemo(() => {
    const others = users.filter((each) => each.id !== user.id);
    return [user, ...others.toSorted((a, b) => a.name.localeCompare(b.name))];
  }, [users, user]);
}
