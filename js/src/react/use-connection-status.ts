'use client';

import { useMemo } from 'react';
import type { ConnectionState } from '../chat/types.js';
import { useRealtimeClient } from './provider.js';
import { useSelected } from './internal/use-selected.js';

export type UseConnectionStatus = ConnectionState & {
  readonly isOnline: boolean;
  /** Connects now, also after a failure. */
  reconnect(): void;
};

/** How the connection is doing. Looking at it does not connect. */
export function useConnectionStatus(): UseConnectionStatus;
/** A part of it; the component renders again only when the part changes. */
export function useConnectionStatus<Part>(select: (state: ConnectionState) => Part): Part;
export function useConnectionStatus<Part>(
  select?: (state: ConnectionState) => Part,
): UseConnectionStatus | Part {
  const client = useRealtimeClient();
  const part = useSelected<ConnectionState, ConnectionState | Part>(
    client.connection,
    select ?? whole,
  );
  return useMemo(() => {
    if (select) return part as Part;
    const state = part as ConnectionState;
    return { ...state, isOnline: state.status === 'connected', reconnect: client.connect };
  }, [client, part, select]);
}

function whole(state: ConnectionState): ConnectionState {
  return state;
}
