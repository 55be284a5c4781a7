import { createClient, type AuthContext, type RealtimeClient } from 'tabcast';
import { renew } from './api';
import { storedSession, type Session } from './session';

let open: { readonly session: Session; readonly client: RealtimeClient } | null = null;

/** The one client of this tab. It lives outside React, so that a remount does not reconnect. */
export function clientFor(session: Session): RealtimeClient {
  if (open?.session.user.id === session.user.id) return open.client;
  void open?.client.destroy();
  const client = createClient({
    url: location.origin,
    auth: ({ reason }) => tokenOf(session, reason),
    user: { id: session.user.id },
  });
  open = { session, client };
  return client;
}

/** The newest token of the session. Every tab sees it when one tab has renewed it. */
async function tokenOf(session: Session, reason: AuthContext['reason']): Promise<string> {
  const { token } = storedSession.read() ?? session;
  if (reason !== 'expiring') return token;
  const renewed = await renew(token);
  storedSession.write({ ...session, token: renewed.token });
  return renewed.token;
}

storedSession.subscribe(() => {
  if (!open || storedSession.read()?.user.id === open.session.user.id) return;
  void open.client.destroy();
  open = null;
});
