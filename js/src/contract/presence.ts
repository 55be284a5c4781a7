import type { EpochMs, Json } from './envelope.js';
import type { DeviceId, UserId } from './room.js';

export type DeviceKind = 'web' | 'mobile' | 'desktop' | 'bot';

/** What one device says of its user. */
export type PresenceState = 'online' | 'away' | 'dnd';

/** One connection of one device of a user. */
export interface PresenceMeta {
  /** Names the entry. A device that connects anew gets a new one. */
  ref: string;
  device: DeviceId;
  kind: DeviceKind;
  state: PresenceState;
  /** When the user last did something on it. */
  activeAt: EpochMs;
  /** At most 2048 bytes of JSON. */
  data?: Json;
}

/**
 * Entries that came, changed and went. Apply `joins` first: an entry with a known `ref` replaces
 * it. A user without entries is offline.
 */
export interface PresenceDiff {
  joins: Record<UserId, PresenceMeta[]>;
  /** By user, the `ref`s that ended. */
  leaves: Record<UserId, string[]>;
}
