import type { RoomInfo } from 'tabcast/contract';
import type { UseRealtimeChat } from 'tabcast/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useDirectory } from '../directory/directory';
import { useLastSeen } from '../rooms/last-seen';
import { Icon } from '../ui/icon';
import { MessageRow } from './message-row';
import styles from './message-list.module.css';
import { OlderMessages } from './older-messages';
import { RoomStart } from './room-start';
import { toRows } from './rows';
import { useMessageScroll } from './use-message-scroll';

interface MessageListProps {
  readonly room: RoomInfo;
  readonly chat: UseRealtimeChat;
}

export function MessageList({ room, chat }: MessageListProps) {
  const { messages, hasOlder, loadingOlder, loadOlder, head, sync, retry, discard } = chat;
  const { nameOf } = useDirectory();
  const [seen, see] = useLastSeen(room.roomId);
  const [seenAtOpen] = useState(seen);
  const rows = useMemo(() => toRows(messages, seenAtOpen), [messages, seenAtOpen]);
  const { log, content, onScroll, toEnd, isAtEnd, missed } = useMessageScroll(messages);
  const load = useCallback(() => {
    // A failure leaves the button where it is: the reader can press it again.
    loadOlder().catch(() => undefined);
  }, [loadOlder]);

  useEffect(() => {
    const note = () => {
      if (isAtEnd && sync === 'live' && document.visibilityState === 'visible') see(head);
    };
    note();
    document.addEventListener('visibilitychange', note);
    return () => document.removeEventListener('visibilitychange', note);
  }, [isAtEnd, sync, head, see]);

  return (
    <div className={styles.frame}>
      <div
        ref={log}
        className={styles.log}
        role="log"
        aria-label={`Messages in ${room.name}`}
        aria-busy={loadingOlder || sync === 'initial'}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div ref={content} className={styles.content} data-empty={messages.length === 0}>
          {hasOlder && (
            <OlderMessages isLoading={loadingOlder} load={load} firstKey={messages[0]?.key} />
          )}
          {!hasOlder && sync !== 'initial' && (
            <RoomStart room={room} isEmpty={messages.length === 0} />
          )}
          {rows.map((row) => (
            <MessageRow
              key={row.message.key}
              {...row}
              author={nameOf(row.message.from)}
              onRetry={retry}
              onDiscard={discard}
            />
          ))}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" className={styles.jump} onClick={toEnd}>
          <Icon name="down" size={16} />
          {missed > 0 ? `${missed} new ${missed === 1 ? 'message' : 'messages'}` : 'To the newest'}
        </button>
      )}
    </div>
  );
}
