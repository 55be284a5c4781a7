'use client';

import { useMemo, useSyncExternalStore } from 'react';
import type { DefaultMeta, RoomHandle, RoomState } from '../chat/types.js';
import type { Json, RoomId } from '../contract/index.js';
import { useRoomHandle } from './internal/use-room-handle.js';

export interface UseRealtimeChatOptions {
  /** `false` shows what is known and opens nothing. Default `true`. */
  readonly enabled?: boolean;
  /** Messages that `loadOlder()` loads. Default 50. */
  readonly pageSize?: number;
}

/** The state of a room, and what can be done in it. The functions stay the same. */
export type UseRealtimeChat<Meta extends Json = DefaultMeta> = RoomState<Meta> &
  Pick<RoomHandle<Meta>, 'send' | 'retry' | 'discard' | 'loadOlder'> & {
    /** For the text field: `onInput` says that the user types, `onBlur` that they stopped. */
    readonly composer: { onInput(): void; onBlur(): void };
  };

/** Joins a room while the component is mounted, and shows it. */
export function useRealtimeChat<Meta extends Json = DefaultMeta>(
  room: RoomId,
  { enabled = true, pageSize = 50 }: UseRealtimeChatOptions = {},
): UseRealtimeChat<Meta> {
  const handle = useRoomHandle<Meta>(room, enabled);
  const { subscribe, getSnapshot, getServerSnapshot } = handle;
  const state = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
  const actions = useMemo(() => {
    const { send, retry, discard, typing } = handle;
    const loadOlder = (count = pageSize): ReturnType<typeof handle.loadOlder> =>
      handle.loadOlder(count);
    const composer = { onInput: typing.keystroke, onBlur: typing.stop };
    return { send, retry, discard, loadOlder, composer };
  }, [handle, pageSize]);
  return useMemo(() => ({ ...state, ...actions }), [state, actions]);
}
