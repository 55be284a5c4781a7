'use client';

import { useEffect } from 'react';
import type { RoomHandle } from '../../chat/types.js';
import type { Json, RoomId } from '../../contract/index.js';
import { useChatClient } from './chat-client.js';

/** The handle of a room, which stays open while the component is mounted. */
export function useRoomHandle<Meta extends Json>(room: RoomId, enabled = true): RoomHandle<Meta> {
  const handle = useChatClient().room<Meta>(room);
  useEffect(() => (enabled ? handle.retain() : undefined), [handle, enabled]);
  return handle;
}
