import { ConnectionPill } from '../status/connection-pill';
import { TabsBadge } from '../status/tabs-badge';
import { ThemeToggle } from '../theme/theme-toggle';
import { Logo } from '../ui/logo';
import styles from './top-bar.module.css';
import { UserMenu } from './user-menu';

export function TopBar() {
  return (
    <header className={styles.bar}>
      <h1 className="visually-hidden">tabcast chat</h1>
      <div className={styles.brand}>
        <Logo />
      </div>
      <TabsBadge />
      <ConnectionPill />
      <div className={styles.tools}>
        <div className={styles.theme}>
          <ThemeToggle />
        </div>
        <UserMenu />
      </div>
    </header>
  );
}
