import { useDirectory } from '../directory/directory';
import styles from './room-list.module.css';
import { RoomRow } from './room-row';

export function RoomList({ selected }: { readonly selected: string | null }) {
  const { rooms, status } = useDirectory();
  return (
    <>
      <h2 className={styles.title}>Rooms</h2>
      {status === 'loading' && (
        <p className={styles.loading} role="status">
          Loading rooms…
        </p>
      )}
      <ul className={styles.list}>
        {rooms.map((room) => (
          <RoomRow key={room.roomId} room={room} isSelected={room.roomId === selected} />
        ))}
      </ul>
    </>
  );
}
