import { useState } from 'react';
import { useSession } from '../session/session';

/** What was typed and not sent, kept per user and room over visits and reloads. */
export function useDraft(room: string): readonly [string, (text: string) => void] {
  const { user } = useSession();
  const key = `tabcast-chat.draft.${user.id}.${room}`;
  const [draft, setDraft] = useState(() => read(key));
  return [
    draft,
    (text) => {
      setDraft(text);
      write(key, text);
    },
  ];
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function write(key: string, text: string): void {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // The draft lives as long as the room is open.
  }
}
