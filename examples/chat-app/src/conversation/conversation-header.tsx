import type { RoomInfo } from 'tabcast/contract';
import { usePresence } from 'tabcast/react';
import { useEffect, useMemo, useRef } from 'react';
import { usePeople } from '../directory/directory';
import { Icon } from '../ui/icon';
import { peopleHref } from '../workspace/route';
import { NARROW, useMedia } from '../workspace/use-media';
import styles from './conversation-header.module.css';

export function ConversationHeader({ room }: { readonly room: RoomInfo }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isNarrow = useMedia(NARROW);
  const people = usePeople();
  const ids = useMemo(() => people.map((person) => person.id), [people]);
  const presence = usePresence(ids);
  const here = ids.filter((id) => (presence.get(id)?.state ?? 'offline') !== 'offline').length;

  // On a phone the pane that had the focus is gone: the reader goes on at the top of this one.
  useEffect(() => {
    if (isNarrow) heading.current?.focus();
  }, [isNarrow]);

  return (
    <div className={styles.header}>
      <a className={`icon-button ${styles.back}`} href="#/" aria-label="Back to rooms">
        <Icon name="back" />
      </a>
      <div className={styles.text}>
        <h2 ref={heading} tabIndex={-1}>
          {room.name}
        </h2>
        {room.topic && <p>{room.topic}</p>}
      </div>
      <a
        className={styles.people}
        href={peopleHref(room.roomId)}
        aria-label={`People, ${here} here now`}
      >
        <Icon name="people" />
        {here}
      </a>
    </div>
  );
}
