import type { Message } from 'tabcast';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

const NEAR_PX = 48;

/** Where the list stood after the last render: what is compared with after the next. */
interface Place {
  readonly firstKey: string | undefined;
  readonly firstBottom: number;
  readonly lastKey: string | undefined;
}

/**
 * Keeps the reader's place: at the end while they are there, else at the row they look at, also
 * when an older page arrives above. An own new message always leads to the end.
 */
export function useMessageScroll(messages: readonly Message[]) {
  const log = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isStuck = useRef(true);
  const place = useRef<Place>({ firstKey: undefined, firstBottom: 0, lastKey: undefined });
  const [isAtEnd, setAtEnd] = useState(true);
  const [leftAt, setLeftAt] = useState<string | undefined>();
  const lastKey = messages.at(-1)?.key;

  const toEnd = useCallback(() => {
    isStuck.current = true;
    setAtEnd(true);
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, []);

  const onScroll = () => {
    const element = log.current;
    if (!element) return;
    const rest = element.scrollHeight - element.clientHeight - element.scrollTop;
    const isNear = rest < NEAR_PX;
    if (isStuck.current && !isNear) setLeftAt(lastKey);
    isStuck.current = isNear;
    setAtEnd(isNear);
  };

  useLayoutEffect(() => {
    const element = log.current;
    if (!element) return;
    const before = place.current;
    const last = messages.at(-1);
    if (last?.mine && last.seq === null && last.key !== before.lastKey) isStuck.current = true;
    if (isStuck.current) {
      element.scrollTop = element.scrollHeight;
    } else if (before.firstKey !== undefined && messages[0]?.key !== before.firstKey) {
      element.scrollTop += bottomOf(element, before.firstKey) - before.firstBottom;
    }
    const firstKey = messages[0]?.key;
    place.current = { firstKey, firstBottom: bottomOf(element, firstKey), lastKey: last?.key };
  }, [messages]);

  useEffect(() => {
    const element = log.current;
    const inner = content.current;
    if (!element || !inner) return;
    const observer = new ResizeObserver(() => {
      if (isStuck.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    observer.observe(inner);
    return () => observer.disconnect();
  }, []);

  const missed = isAtEnd ? 0 : countAfter(messages, leftAt);
  return { log, content, onScroll, toEnd, isAtEnd, missed };
}

/** The lower edge of a row: its upper part, with day and author, may go when a page comes above. */
function bottomOf(element: HTMLElement, key: string | undefined): number {
  if (key === undefined) return 0;
  const row = element.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
  return row ? row.offsetTop + row.offsetHeight : 0;
}

function countAfter(messages: readonly Message[], key: string | undefined): number {
  const index = messages.findIndex((message) => message.key === key);
  return messages.slice(index + 1).filter((message) => !message.mine).length;
}
