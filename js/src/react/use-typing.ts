'use client';

import { useMemo } from 'react';
import type { RoomState, Typer } from '../chat/types.js';
import type { Json, RoomId } from '../contract/index.js';
import { useRoomHandle } from './internal/use-room-handle.js';
import { useSelected } from './internal/use-selected.js';

export interface UseTyping {
  /** Others who are typing, the longest first. */
  readonly typers: readonly Typer[];
  readonly count: number;
  /** To be called on every input of the user. */
  keystroke(): void;
  /** To be called when the input is left or emptied; sending does it too. */
  stop(): void;
  /** For the text field. */
  readonly inputProps: { onInput(): void; onBlur(): void };
}

/** Who else types in a room, and how to say that the user does. */
export function useTyping(room: RoomId): UseTyping {
  const handle = useRoomHandle<Json>(room);
  const typers = useSelected(handle, typersOf);
  const actions = useMemo(() => {
    const { keystroke, stop } = handle.typing;
    return { keystroke, stop, inputProps: { onInput: keystroke, onBlur: stop } };
  }, [handle]);
  return useMemo(() => ({ typers, count: typers.length, ...actions }), [typers, actions]);
}

function typersOf(state: RoomState<Json>): readonly Typer[] {
  return state.typing;
}
