import { RealtimeProvider } from 'tabcast/react';
import { useMemo } from 'react';
import { DirectoryProvider } from './directory/directory';
import { clientFor } from './session/realtime';
import { SessionContext, useStoredSession } from './session/session';
import { SignIn } from './session/sign-in';
import { Workspace } from './workspace/workspace';

/** Signed out: the sign-in page. Signed in: one realtime client for everything below. */
export function App() {
  const session = useStoredSession();
  const client = useMemo(() => (session ? clientFor(session) : null), [session]);
  if (!session || !client) return <SignIn />;
  return (
    <SessionContext value={session}>
      <RealtimeProvider client={client}>
        <DirectoryProvider>
          <Workspace />
        </DirectoryProvider>
      </RealtimeProvider>
    </SessionContext>
  );
}
