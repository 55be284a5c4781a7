import { useConnectionStatus } from 'tabcast/react';

/** Without a connection nobody can be said to be here, or not to be. */
export function usePresenceKnown(): boolean {
  return useConnectionStatus(({ status }) => status === 'connected');
}
