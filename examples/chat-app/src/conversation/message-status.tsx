import type { MessageStatus as Status } from 'tabcast';
import { Icon, type IconName } from '../ui/icon';
import styles from './message-status.module.css';

const LOOK: Record<Status, { readonly icon: IconName; readonly label: string }> = {
  queued: { icon: 'clock', label: 'Waiting for the connection' },
  sending: { icon: 'clock', label: 'Sending' },
  sent: { icon: 'check', label: 'Sent' },
  failed: { icon: 'alert', label: 'Not sent' },
};

export function MessageStatus({ status }: { readonly status: Status }) {
  const { icon, label } = LOOK[status];
  return (
    <span className={styles.status} title={label}>
      <Icon name={icon} size={14} />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
