import type { RoomInfo } from 'tabcast/contract';
import styles from './room-start.module.css';

/** The first thing in a room: an invitation while it is empty, else where it begins. */
export function RoomStart({
  room,
  isEmpty,
}: {
  readonly room: RoomInfo;
  readonly isEmpty: boolean;
}) {
  if (!isEmpty) return <p className={styles.start}>This is where {room.name} begins.</p>;
  return (
    <div className={styles.empty}>
      <p className={styles.title}>No messages in {room.name} yet</p>
      <p>Write the first one below. Everybody here sees it, in every tab.</p>
    </div>
  );
}
