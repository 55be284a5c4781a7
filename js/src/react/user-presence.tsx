'use client';

import type { ReactNode } from 'react';
import type { UserPresence as Presence } from '../chat/types.js';
import type { UserId } from '../contract/index.js';
import { usePresence } from './use-presence.js';

export interface UserPresenceProps {
  readonly user: UserId;
  /** How each state is called. */
  readonly labels?: Readonly<Record<Presence['state'], string>>;
  /** Shows the presence instead of the default. */
  readonly children?: (presence: Presence) => ReactNode;
  readonly className?: string;
}

/** A dot with a text for those who do not see it, or not its colour. */
export function UserPresence(props: UserPresenceProps): ReactNode {
  const { user, labels = LABELS, children, className } = props;
  const presence = usePresence(user);
  if (children) return children(presence);
  const { state } = presence;
  return (
    <span
      role="img"
      aria-label={labels[state]}
      title={labels[state]}
      data-state={state}
      className={className}
      style={className === undefined ? { color: COLORS[state] } : undefined}
    >
      {SHAPES[state]}
    </span>
  );
}

const LABELS = { online: 'online', away: 'away', dnd: 'do not disturb', offline: 'offline' };
const SHAPES = { online: '●', away: '◐', dnd: '⊖', offline: '○' };
const COLORS = { online: '#15803d', away: '#b45309', dnd: '#b91c1c', offline: '#6b7280' };
