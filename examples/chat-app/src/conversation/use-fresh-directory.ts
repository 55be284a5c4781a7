import type { UseRealtimeChat } from 'tabcast/react';
import { useEffect } from 'react';
import { useDirectory } from '../directory/directory';

/**
 * Asks for rooms and people again when the room has changed by something other than a message:
 * somebody joined who signed in after we did, or the room was renamed.
 */
export function useFreshDirectory({ head, messages, sync }: UseRealtimeChat): void {
  const { refresh } = useDirectory();
  const newest = messages.findLast((message) => message.seq !== null)?.seq ?? 0;
  const changedAt = sync === 'live' && head > newest ? head : null;

  useEffect(() => {
    if (changedAt !== null) refresh();
  }, [changedAt, refresh]);
}
