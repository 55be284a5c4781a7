import { memo } from 'react';
import styles from './message-text.module.css';
import { isOnlyEmoji, textParts } from './text-parts';

/** The text of a message with its line breaks; links open in a tab of their own. */
export const MessageText = memo(function MessageText({ text }: { readonly text: string }) {
  return (
    <span className={styles.text} data-emoji={isOnlyEmoji(text)}>
      {textParts(text).map(({ text: part, href }, index) =>
        href ? (
          <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </span>
  );
});
