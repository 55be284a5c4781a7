import { useTyping } from 'tabcast/react';
import { useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import type { RoomInfo } from 'tabcast/contract';
import { Icon } from '../ui/icon';
import styles from './composer.module.css';
import { useDraft } from './drafts';
import { EmojiPicker } from './emoji-picker';

interface ComposerProps {
  readonly room: RoomInfo;
  /** Without it the text stays in the field. */
  readonly canSend: boolean;
  readonly onSend: (text: string) => void;
}

/** Enter sends, Shift+Enter breaks the line. Works without a connection: the message waits. */
export function Composer({ room, canSend, onSend }: ComposerProps) {
  const [draft, setDraft] = useDraft(room.roomId);
  const { keystroke, stop } = useTyping(room.roomId);
  const field = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [draft]);

  // A restored draft is gone on with at its end.
  useLayoutEffect(() => {
    const element = field.current;
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const type = (text: string) => {
    setDraft(text);
    if (text) keystroke();
    else stop();
  };

  const submit = () => {
    const text = draft.trim();
    if (text && canSend) {
      onSend(text);
      stop();
      setDraft('');
    }
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  const insert = (emoji: string) => {
    const element = field.current;
    const at = element?.selectionStart ?? draft.length;
    type(draft.slice(0, at) + emoji + draft.slice(element?.selectionEnd ?? at));
    element?.focus();
  };

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <EmojiPicker onPick={insert} />
      <textarea
        ref={field}
        className={styles.field}
        rows={1}
        value={draft}
        placeholder={`Message ${room.name}`}
        aria-label={`Message ${room.name}`}
        aria-keyshortcuts="Enter"
        enterKeyHint="send"
        autoComplete="off"
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={stop}
      />
      <button
        type="submit"
        className={styles.send}
        disabled={!canSend || !draft.trim()}
        aria-label="Send"
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
