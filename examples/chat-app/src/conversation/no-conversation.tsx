import { useDirectory } from '../directory/directory';
import styles from './no-conversation.module.css';

/** Instead of a conversation: none is chosen, or the address names a room that is not there. */
export function NoConversation({ wanted }: { readonly wanted: string | null }) {
  const { status, rooms } = useDirectory();
  if (status !== 'ready') return <div className={styles.place} />;
  return (
    <div className={styles.place}>
      {wanted === null ? (
        <p>{rooms.length > 0 ? 'Choose a room to read and write in it.' : 'No rooms yet.'}</p>
      ) : (
        <>
          <h2>There is no room “{wanted}”</h2>
          <p>
            It may have been removed, or the address is mistyped. <a href="#/">Show all rooms</a>
          </p>
        </>
      )}
    </div>
  );
}
