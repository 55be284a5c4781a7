'use client';

import type { DefaultMeta, RoomState } from '../chat/types.js';
import type { Json, RoomId } from '../contract/index.js';
import { useRoomHandle } from './internal/use-room-handle.js';
import { useSelected } from './internal/use-selected.js';

/**
 * A part of a room's state, for example `(room) => room.messages.length`.
 *
 * The component renders again only when the part changes. It keeps the room open while mounted.
 *
 * @param isEqual default `Object.is`
 */
export function useRoom<Part, Meta extends Json = DefaultMeta>(
  room: RoomId,
  select: (state: RoomState<Meta>) => Part,
  isEqual?: (a: Part, b: Part) => boolean,
): Part {
  return useSelected(useRoomHandle<Meta>(room), select, isEqual);
}
