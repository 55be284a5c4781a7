'use client';

import { useSyncExternalStore } from 'react';
import type { TabsState } from '../socket/tabs.js';
import type { Subscribable } from '../subscribable.js';
import { useOptionalClient } from './provider.js';

/**
 * How the tabs of this browser share the connection.
 *
 * @param tabs of a Manager (`socket.io.tabs`); default: of the provider's client
 */
export function useTabs(tabs?: Subscribable<TabsState>): TabsState {
  const client = useOptionalClient();
  const source = tabs ?? client?.manager.tabs;
  if (!source) {
    throw new Error('tabcast: unable to find the tabs; wrap the app in <RealtimeProvider>');
  }
  return useSyncExternalStore(source.subscribe, source.getSnapshot, source.getServerSnapshot);
}
