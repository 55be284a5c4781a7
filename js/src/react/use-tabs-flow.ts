'use client';

import { useSyncExternalStore } from 'react';
import type { TabsInspection } from '../socket/inspection.js';
import type { Manager } from '../socket/manager.js';
import { useOptionalClient } from './provider.js';

/**
 * How this tab does in sharing the connection: its queue, how far it lags behind, and counts of what
 * went well and what did not. Looked at once a second.
 *
 * @param manager default: that of the provider's client
 */
export function useTabsFlow(manager?: Manager): TabsInspection {
  const client = useOptionalClient();
  const source = (manager ?? client?.manager)?.flow;
  if (!source) {
    throw new Error('tabcast: unable to find the tabs; wrap the app in <RealtimeProvider>');
  }
  return useSyncExternalStore(source.subscribe, source.getSnapshot, source.getServerSnapshot);
}
