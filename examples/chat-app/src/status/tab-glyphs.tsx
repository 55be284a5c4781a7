import type { TabsState } from 'tabcast';
import styles from './tab-glyphs.module.css';

const MOST = 5;

/** The tabs as small windows: the filled one holds the connection, the strong outline is this tab. */
export function TabGlyphs({ role, count }: Pick<TabsState, 'role' | 'count'>) {
  const shown = Math.min(Math.max(count, role === 'follower' ? 2 : 1), MOST);
  const mine = role === 'follower' ? 1 : 0;
  return (
    <span className={styles.row} aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        <svg
          key={index}
          className={styles.tab}
          data-leads={index === 0}
          data-mine={index === mine}
          width="18"
          height="16"
          viewBox="0 0 18 16"
        >
          <rect x="1.5" y="2" width="15" height="12" rx="2.5" />
          <path d="M2 6h14" />
        </svg>
      ))}
    </span>
  );
}
