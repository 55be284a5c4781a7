import type { Message } from 'tabcast';
import { memo } from 'react';
import { Avatar } from '../ui/avatar';
import { dayLabel, fullDate, timeOf } from './dates';
import { FailedActions } from './failed-actions';
import { MessageStatus } from './message-status';
import { MessageText } from './message-text';
import styles from './message-row.module.css';
import type { Row } from './rows';

interface MessageRowProps extends Row {
  readonly author: string;
  readonly onRetry: (cid: string) => void;
  readonly onDiscard: (cid: string) => void;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, author, startsDay, startsGroup, startsUnread, onRetry, onDiscard } = props;
  return (
    <div className={styles.row} data-row={message.key}>
      {startsDay && <h3 className={styles.day}>{dayLabel(message.ts)}</h3>}
      {startsUnread && <p className={styles.unread}>New since your last visit</p>}
      <article
        className={styles.message}
        data-testid="message"
        data-key={message.key}
        data-seq={message.seq ?? ''}
        data-status={message.status}
        data-from={message.from}
        data-mine={message.mine}
        data-starts={startsGroup}
      >
        {startsGroup && !message.mine && <Avatar id={message.from} name={author} />}
        <p className={startsGroup && !message.mine ? styles.author : 'visually-hidden'}>
          {message.mine ? 'You' : author}
        </p>
        <Bubble message={message} />
        {message.status === 'failed' && (
          <FailedActions message={message} onRetry={onRetry} onDiscard={onDiscard} />
        )}
      </article>
    </div>
  );
});

function Bubble({ message }: { readonly message: Message }) {
  return (
    <div className={styles.bubble}>
      {message.deletedAt ? <em>Message deleted</em> : <MessageText text={message.text} />}
      <span className={styles.meta}>
        <time dateTime={new Date(message.ts).toISOString()} title={fullDate(message.ts)}>
          {timeOf(message.ts)}
        </time>
        {message.mine && <MessageStatus status={message.status} />}
      </span>
    </div>
  );
}
