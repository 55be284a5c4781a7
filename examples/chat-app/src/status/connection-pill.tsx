import { useConnectionStatus } from 'tabcast/react';
import styles from './connection-pill.module.css';
import { connectionText, connectionTone } from './connection-text';

/** One word on the connection, announced when it changes. */
export function ConnectionPill() {
  const { status, transport } = useConnectionStatus();
  return (
    <p
      className={styles.pill}
      data-testid="connection"
      data-status={status}
      data-transport={transport ?? undefined}
      data-tone={connectionTone(status)}
      role="status"
    >
      <span className={styles.dot} aria-hidden="true" />
      {connectionText(status)}
    </p>
  );
}
