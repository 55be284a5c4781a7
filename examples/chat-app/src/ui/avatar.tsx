import styles from './avatar.module.css';

const HUES = [28, 75, 145, 195, 250, 300, 345];

/** Initials on a tint that stays the same for a user. Decoration: the name stands beside it. */
export function Avatar({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <span
      className={styles.avatar}
      style={{ '--hue': HUES[hash(id) % HUES.length] } as React.CSSProperties}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '')];
  const last = words.length > 1 ? [...(words.at(-1) ?? '')] : first.slice(1);
  return `${first[0] ?? '?'}${last[0] ?? ''}`.toUpperCase();
}

function hash(text: string): number {
  let sum = 7;
  for (const char of text) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
