'use client';

import { createContext, useContext, type ReactNode } from 'react';
import type { RealtimeClient } from '../chat/types.js';

const ClientContext = createContext<RealtimeClient | null>(null);

export interface RealtimeProviderProps {
  /** Made once, outside React. */
  readonly client: RealtimeClient;
  readonly children?: ReactNode;
}

/** Gives a client to the hooks below. It neither makes the client nor ends it. */
export function RealtimeProvider({ client, children }: RealtimeProviderProps): ReactNode {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

/**
 * The client of the nearest {@link RealtimeProvider}.
 *
 * @throws Error if there is none
 */
export function useRealtimeClient(): RealtimeClient {
  const client = useContext(ClientContext);
  if (!client) {
    throw new Error('tabcast: unable to find the client; wrap the app in <RealtimeProvider>');
  }
  return client;
}

/** The client of the nearest provider, if there is one. */
export function useOptionalClient(): RealtimeClient | null {
  return useContext(ClientContext);
}
