import type { User } from 'tabcast/contract';
import { UserPresence } from 'tabcast/react';
import { useSession } from '../session/session';
import { Avatar } from '../ui/avatar';
import styles from './person-row.module.css';
import { usePresenceKnown } from './use-presence-known';

const STATE = { online: 'Online', away: 'Away', dnd: 'Busy', offline: 'Offline' } as const;

export function PersonRow({ person }: { readonly person: User }) {
  const { user } = useSession();
  const isKnown = usePresenceKnown();
  return (
    <li className={styles.row} data-testid="person" data-user={person.id}>
      <Avatar id={person.id} name={person.name} />
      <span className={styles.name}>
        {person.name}
        {person.id === user.id && <span className={styles.you}> (you)</span>}
      </span>
      <UserPresence user={person.id}>
        {({ state }) => (
          <span className={styles.presence} data-state={isKnown ? state : 'unknown'}>
            <span className={styles.dot} aria-hidden="true" />
            {isKnown ? STATE[state] : 'Unknown'}
          </span>
        )}
      </UserPresence>
    </li>
  );
}
