'use client';

import type { RealtimeClient } from '../../chat/types.js';
import { useRealtimeClient } from '../provider.js';

/** The client of the nearest provider, which must be one of `createClient()`. */
export function useChatClient(): RealtimeClient {
  const client = useRealtimeClient() as Partial<RealtimeClient>;
  if (!client.room) {
    throw new Error('tabcast: unable to chat; give <RealtimeProvider> a client of createClient()');
  }
  return client as RealtimeClient;
}
