import { signOut, useSession } from '../session/session';
import { ThemeToggle } from '../theme/theme-toggle';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { Popover } from '../ui/popover';
import styles from './user-menu.module.css';

export function UserMenu() {
  const { user } = useSession();
  return (
    <Popover
      label="Account"
      triggerClass="icon-button"
      trigger={
        <>
          <Avatar id={user.id} name={user.name} />
          <span className="visually-hidden">Account: {user.name}</span>
        </>
      }
    >
      {() => (
        <div className={styles.menu}>
          <p>
            Signed in as <strong>{user.name}</strong>
          </p>
          <div className={styles.theme}>
            Theme <ThemeToggle />
          </div>
          <button type="button" className="button" onClick={() => signOut()}>
            <Icon name="signOut" size={18} />
            Sign out
          </button>
          <p className={styles.hint}>Signing out ends the session in all tabs of this browser.</p>
        </div>
      )}
    </Popover>
  );
}
