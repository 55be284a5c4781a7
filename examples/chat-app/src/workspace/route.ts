import { useMemo, useSyncExternalStore } from 'react';

/** Where the reader is: `#/rooms/<id>`, or `#/rooms/<id>/people` for the people beside it. */
export interface Route {
  readonly room: string | null;
  readonly people: boolean;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parse(hash), [hash]);
}

export function roomHref(room: string): string {
  return `#/rooms/${encodeURIComponent(room)}`;
}

export function peopleHref(room: string): string {
  return `${roomHref(room)}/people`;
}

function parse(hash: string): Route {
  const [, root, room, rest] = hash.split('/');
  if (root !== 'rooms' || !room) return { room: null, people: false };
  return { room: decode(room), people: rest === 'people' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
