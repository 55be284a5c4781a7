import { Icon } from '../ui/icon';
import { Popover } from '../ui/popover';
import styles from './emoji-picker.module.css';

const EMOJI = {
  '👍': 'thumbs up',
  '👋': 'wave',
  '🙏': 'thanks',
  '👏': 'applause',
  '🎉': 'party',
  '❤️': 'heart',
  '🔥': 'fire',
  '🚀': 'rocket',
  '😀': 'grin',
  '😂': 'laughing',
  '😊': 'smile',
  '😍': 'in love',
  '🤔': 'thinking',
  '😅': 'relieved',
  '😢': 'sad',
  '😮': 'surprised',
  '👀': 'eyes',
  '✅': 'done',
  '❌': 'no',
  '☕': 'coffee',
  '🐛': 'bug',
} as const;

export function EmojiPicker({ onPick }: { readonly onPick: (emoji: string) => void }) {
  return (
    <Popover
      label="Emoji"
      placement="above-start"
      triggerClass="icon-button"
      trigger={
        <>
          <Icon name="smile" />
          <span className="visually-hidden">Add an emoji</span>
        </>
      }
    >
      {(close) => (
        <ul className={styles.grid}>
          {Object.entries(EMOJI).map(([emoji, name]) => (
            <li key={emoji}>
              <button
                type="button"
                aria-label={name}
                onClick={() => {
                  close();
                  onPick(emoji);
                }}
              >
                {emoji}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
