import type { RoomInfo } from 'tabcast/contract';
import type { Message } from 'tabcast';
import { useRealtimeChat } from 'tabcast/react';
import { useEffect } from 'react';
import { dayOrTime } from '../conversation/dates';
import { useDirectory } from '../directory/directory';
import { roomHref } from '../workspace/route';
import { useLastSeen } from './last-seen';
import styles from './room-row.module.css';

interface RoomRowProps {
  readonly room: RoomInfo;
  readonly isSelected: boolean;
}

/** A room with its newest message and how many came since it was last looked at. */
export function RoomRow({ room, isSelected }: RoomRowProps) {
  const { messages, head, sync } = useRealtimeChat(room.roomId);
  const [seen, see] = useLastSeen(room.roomId);
  const last = messages.at(-1);
  const unread = seen === null ? 0 : messages.filter((each) => isUnread(each, seen)).length;

  useEffect(() => {
    if (seen === null && sync === 'live') see(head);
  }, [seen, sync, head, see]);

  return (
    <li>
      <a
        className={styles.row}
        href={roomHref(room.roomId)}
        aria-current={isSelected ? 'page' : undefined}
        data-testid="room"
        data-room={room.roomId}
        data-unread={unread}
      >
        <span className={styles.name}>{room.name}</span>
        {last && <span className={styles.time}>{dayOrTime(last.ts)}</span>}
        <span className={styles.preview}>
          {last ? <Preview message={last} /> : room.topic || 'No messages yet'}
        </span>
        {unread > 0 && (
          <span className={styles.unread}>
            {unread}
            <span className="visually-hidden"> new</span>
          </span>
        )}
      </a>
    </li>
  );
}

function Preview({ message }: { readonly message: Message }) {
  const { nameOf } = useDirectory();
  return `${message.mine ? 'You' : nameOf(message.from)}: ${message.deletedAt ? 'deleted' : message.text}`;
}

function isUnread(message: Message, seen: number): boolean {
  return !message.mine && message.seq !== null && message.seq > seen;
}
