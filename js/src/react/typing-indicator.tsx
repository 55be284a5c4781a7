'use client';

import type { ReactNode } from 'react';
import type { Typer } from '../chat/types.js';
import type { RoomId, UserId } from '../contract/index.js';
import { useTyping } from './use-typing.js';

export interface TypingIndicatorProps {
  readonly room: RoomId;
  /** How a user is called. Default: the id. */
  readonly name?: (user: UserId) => string;
  /** Users to name; the others are counted. Default 3. */
  readonly max?: number;
  /** Shows the typers instead of the default. */
  readonly children?: (typers: readonly Typer[]) => ReactNode;
  readonly className?: string;
}

/** Says who types. Keeps its height, so that what stands around it does not jump. */
export function TypingIndicator(props: TypingIndicatorProps): ReactNode {
  const { room, name = asIs, max = 3, children, className } = props;
  const { typers } = useTyping(room);
  if (children) return children(typers);
  return (
    <div role="status" aria-live="polite" className={className} style={{ minHeight: '1lh' }}>
      {typingText(
        typers.map(({ user }) => name(user)),
        max,
      )}
    </div>
  );
}

/** "A is typing", "A and B are typing", "A, B and 3 others are typing"; nothing for nobody. */
export function typingText(names: readonly string[], max: number): string {
  const [only] = names;
  if (only === undefined) return '';
  if (names.length === 1) return `${only} is typing`;
  const isCounted = names.length > max;
  const named = isCounted ? names.slice(0, Math.max(0, max - 1)) : names.slice(0, -1);
  const rest = names.length - named.length;
  const last = isCounted ? `${rest} ${named.length > 0 ? 'others' : 'people'}` : names.at(-1);
  return `${[named.join(', '), last].filter(Boolean).join(' and ')} are typing`;
}

function asIs(user: UserId): string {
  return user;
}
