import { usePresence } from 'tabcast/react';
import { useMemo } from 'react';
import { useDirectory, usePeople } from '../directory/directory';
import { Icon } from '../ui/icon';
import { roomHref } from '../workspace/route';
import styles from './people-panel.module.css';
import { PersonRow } from './person-row';
import { usePresenceKnown } from './use-presence-known';

/** Everybody, those who are here first. */
export function PeoplePanel({ room }: { readonly room: string | null }) {
  const { status } = useDirectory();
  const people = usePeople();
  const ids = useMemo(() => people.map((person) => person.id), [people]);
  const presence = usePresence(ids);
  const isKnown = usePresenceKnown();
  const isHere = (id: string) => (presence.get(id)?.state ?? 'offline') !== 'offline';
  const here = people.filter((person) => isHere(person.id));
  const away = people.filter((person) => !isHere(person.id));

  return (
    <>
      <div className={styles.head}>
        <h2>People</h2>
        {room && (
          <a
            className={`icon-button ${styles.close}`}
            href={roomHref(room)}
            aria-label="Close people"
          >
            <Icon name="close" />
          </a>
        )}
      </div>
      {status === 'ready' && !isKnown && <Section title="Everybody" people={people} />}
      {status === 'ready' && isKnown && <Section title="Here now" people={here} />}
      {status === 'ready' && isKnown && away.length > 0 && (
        <Section title="Not here" people={away} />
      )}
    </>
  );
}

function Section(props: { readonly title: string; readonly people: ReturnType<typeof usePeople> }) {
  const { title, people } = props;
  return (
    <section className={styles.section}>
      <h3>
        {title} <span className={styles.count}>{people.length}</span>
      </h3>
      <ul aria-label={title}>
        {people.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
    </section>
  );
}
