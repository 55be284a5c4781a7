import type { ReactNode } from 'react';
import { Icon } from './icon';
import styles from './notice.module.css';

interface NoticeProps {
  readonly tone: 'calm' | 'bad';
  readonly children: ReactNode;
  /** What the reader can do about it. */
  readonly action?: ReactNode;
  readonly role?: 'alert' | 'status';
  readonly id?: string;
}

export function Notice({ tone, children, action, role, id }: NoticeProps) {
  return (
    <div className={styles.notice} data-tone={tone} role={role} id={id}>
      <Icon name={tone === 'bad' ? 'alert' : 'clock'} />
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
