import styles from './logo.module.css';

export function Logo() {
  return (
    <span className={styles.logo}>
      <svg aria-hidden="true" width="28" height="28" viewBox="0 0 32 32" fill="none">
        <rect className={styles.plate} width="32" height="32" rx="8" />
        <path className={styles.tab} d="M5 23h3l2-8h8l2 8h7" />
        <circle className={styles.dot} cx="14" cy="9.5" r="2.6" />
        <path className={styles.wave} d="M19 6.5a5 5 0 0 1 0 6" />
      </svg>
      <span className={styles.word}>tabcast</span>
    </span>
  );
}
