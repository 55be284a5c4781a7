import { RealtimeProvider } from 'tabcast/react';
import { lazy, Suspense, useMemo } from 'react';
import { DirectoryProvider } from './directory/directory';
import { clientFor } from './session/realtime';
import { SessionContext, useStoredSession } from './session/session';
import { SignIn } from './session/sign-in';
import { Workspace } from './workspace/workspace';

// A chunk of its own, that only those load who ask for it.
const TabcastDevtools = lazy(async () => {
  const { TabcastDevtools: panel } = await import('tabcast/devtools');
  return { default: panel };
});

const SHOWS_DEVTOOLS = import.meta.env.DEV || new URLSearchParams(location.search).has('devtools');

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
        {SHOWS_DEVTOOLS && (
          <Suspense>
            <TabcastDevtools />
          </Suspense>
        )}
      </RealtimeProvider>
    </SessionContext>
  );
}
