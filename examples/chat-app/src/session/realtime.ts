import { createClient, type RealtimeClient } from 'tabcast';
import { storedSession, type Session } from './session';

let open: { readonly session: Session; readonly client: RealtimeClient } | null = null;

/** The one client of this tab. It lives outside React, so that a remount does not reconnect. */
export function clientFor(session: Session): RealtimeClient {
  if (open?.session === session) return open.client;
  void open?.client.destroy();
  const client = createClient({
    url: location.origin,
    auth: () => session.token,
    user: { id: session.user.id },
  });
  open = { session, client };
  return client;
}

storedSession.subscribe(() => {
  if (!open || storedSession.read() === open.session) return;
  void open.client.destroy();
  open = null;
});
