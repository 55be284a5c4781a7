import type { Message } from 'tabcast';
import { errorText } from '../ui/error-text';
import styles from './failed-actions.module.css';

interface FailedActionsProps {
  readonly message: Message;
  readonly onRetry: (cid: string) => void;
  readonly onDiscard: (cid: string) => void;
}

/** Why a message was not sent, and what can be done about it. */
export function FailedActions({ message, onRetry, onDiscard }: FailedActionsProps) {
  return (
    <div className={styles.failed}>
      <span>{message.error ? `Not sent: ${errorText(message.error)}` : 'Not sent'}</span>
      <span>
        <button type="button" onClick={() => onRetry(message.cid)}>
          Retry
        </button>
        <button type="button" onClick={() => onDiscard(message.cid)}>
          Discard
        </button>
      </span>
    </div>
  );
}
