import type { RoomInfo } from 'tabcast/contract';
import { TypingIndicator, useConnectionStatus, useRealtimeChat } from 'tabcast/react';
import { Composer } from '../composer/composer';
import { useDirectory } from '../directory/directory';
import { isCoreFailure } from '../ui/error-kind';
import { errorText } from '../ui/error-text';
import { Notice } from '../ui/notice';
import { ConversationHeader } from './conversation-header';
import styles from './conversation.module.css';
import { MessageList } from './message-list';
import { useFreshDirectory } from './use-fresh-directory';

export function Conversation({ room }: { readonly room: RoomInfo }) {
  const chat = useRealtimeChat(room.roomId);
  const { nameOf } = useDirectory();
  const isDead = useConnectionStatus(({ error }) => isCoreFailure(error));
  useFreshDirectory(chat);
  return (
    <div className={styles.conversation}>
      <ConversationHeader room={room} />
      <MessageList room={room} chat={chat} />
      <div className={styles.foot}>
        {chat.error && (
          <Notice tone="bad" role="alert">
            This room could not be opened: {errorText(chat.error)}.
          </Notice>
        )}
        <TypingIndicator room={room.roomId} name={nameOf} className={styles.typing ?? ''} />
        <Composer room={room} canSend={!isDead} onSend={(text) => chat.send({ text })} />
      </div>
    </div>
  );
}
