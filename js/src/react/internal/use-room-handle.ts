'use client';

import { useEffect } from 'react';
import type { RoomHandle } from '../../chat/types.js';
import type { Json, RoomId } from '../../contract/index.js';
import { useRealtimeClient } from '../provider.js';

/** The handle of a room, which stays open while the component is mounted. */
export function useRoomHandle<Meta extends Json>(room: RoomId, enabled = true): RoomHandle<Meta> {
  const handle = useRealtimeClient().room<Meta>(room);
  useEffect(() => (enabled ? handle.retain() : undefined), [handle, enabled]);
  return handle;
}
