import { useEffect, useRef } from 'react';
import { Conversation } from '../conversation/conversation';
import { NoConversation } from '../conversation/no-conversation';
import { useDirectory } from '../directory/directory';
import { PeoplePanel } from '../people/people-panel';
import { RoomList } from '../rooms/room-list';
import { Outage } from '../status/outage';
import { roomHref, useRoute } from './route';
import { TopBar } from './top-bar';
import { useKeyboardInset } from './use-keyboard-inset';
import { NARROW, useMedia } from './use-media';
import styles from './workspace.module.css';

/** Rooms, conversation and people: three columns, or one pane at a time on a phone. */
export function Workspace() {
  const { rooms } = useDirectory();
  const route = useRoute();
  const isNarrow = useMedia(NARROW);
  const conversation = useRef<HTMLElement>(null);
  useKeyboardInset();

  const wanted = route.room ?? (isNarrow ? null : (rooms[0]?.roomId ?? null));
  const room = rooms.find((each) => each.roomId === wanted) ?? null;
  const pane = wanted === null ? 'rooms' : route.people ? 'people' : 'conversation';

  useEffect(() => {
    document.title = room ? `${room.name} · tabcast chat` : 'tabcast chat';
  }, [room]);

  return (
    <div
      className={styles.workspace}
      data-pane={pane}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && pane === 'people' && room)
          location.hash = roomHref(room.roomId);
      }}
    >
      <button type="button" className={styles.skip} onClick={() => conversation.current?.focus()}>
        Skip to the conversation
      </button>
      <TopBar />
      <main className={styles.main}>
        <Outage />
        <div className={styles.panes}>
          <nav className={styles.rooms} aria-label="Rooms">
            <RoomList selected={room?.roomId ?? null} />
          </nav>
          <section
            ref={conversation}
            tabIndex={-1}
            className={styles.conversation}
            aria-label={room?.name ?? 'Conversation'}
          >
            {room ? (
              <Conversation key={room.roomId} room={room} />
            ) : (
              <NoConversation wanted={wanted} />
            )}
          </section>
          <section className={styles.people} aria-label="People">
            <PeoplePanel room={room?.roomId ?? null} />
          </section>
        </div>
      </main>
    </div>
  );
}
