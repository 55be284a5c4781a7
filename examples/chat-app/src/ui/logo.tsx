import styles from './logo.module.css';

export function Logo() {
  return (
    <span className={styles.logo}>
      <svg aria-hidden="true" width="28" height="28" viewBox="0 0 32 32" fill="none">
        <rect className={styles.plate} width="32" height="32" rx="8" />
        <path
          className={styles.tab}
          d="M6 25.5c1.8 0 2.5-1 2.5-2.5v-3a3 3 0 0 1 3-3h9a3 3 0 0 1 3 3v3c0 1.5.7 2.5 2.5 2.5"
        />
        <path className={styles.signal} d="M13 12.2a4.3 4.3 0 0 1 6 0M9.7 8.7a9 9 0 0 1 12.6 0" />
      </svg>
      <span className={styles.word}>tabcast</span>
    </span>
  );
}
