import type { Message } from 'tabcast';
import { dayKey } from './dates';

const GROUP_GAP_MS = 5 * 60_000;

/** A message and its place: a new day above it, the first or the last of its author's group. */
export interface Row {
  readonly message: Message;
  readonly startsDay: boolean;
  readonly startsGroup: boolean;
  readonly startsUnread: boolean;
}

/**
 * Rows stay one flat list, so that an older page above does not move an element into another group
 * and the reader's place can be kept. `unreadAfter` is the `seq` last seen when the room was opened.
 */
export function toRows(messages: readonly Message[], unreadAfter: number | null): readonly Row[] {
  let unreadFound = unreadAfter === null;
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const startsDay = !before || dayKey(before.ts) !== dayKey(message.ts);
    const startsUnread = !unreadFound && !message.mine && (message.seq ?? 0) > (unreadAfter ?? 0);
    unreadFound ||= startsUnread;
    const startsGroup =
      startsDay ||
      startsUnread ||
      before?.from !== message.from ||
      message.ts - before.ts > GROUP_GAP_MS;
    return { message, startsDay, startsGroup, startsUnread };
  });
}
