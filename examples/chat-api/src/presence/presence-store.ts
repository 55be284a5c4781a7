import type { DeviceId, PresenceMeta, UserId } from 'tabcast/contract';

export interface Stored {
  /** Whether the entry was not there before. */
  created: boolean;
  /** Entries of the same device that only waited for it to come back, and are gone now. */
  replaced: string[];
}

export interface Ended {
  user: UserId;
  ref: string;
}

/** The presence entries of all nodes. Each ends by itself unless it is renewed. */
export abstract class PresenceStore {
  /** Adds or changes an entry, to end after `ttlMs`. */
  abstract put(user: UserId, meta: PresenceMeta, ttlMs: number): Promise<Stored>;

  /** Lets an entry end after `graceMs`, unless its device comes back under another `ref`. */
  abstract linger(user: UserId, device: DeviceId, ref: string, graceMs: number): Promise<void>;

  /** Ends an entry; `false` if it had ended already. */
  abstract remove(user: UserId, ref: string): Promise<boolean>;

  /** Removes the entries whose time is over. Only one node is given each. */
  abstract takeEnded(): Promise<Ended[]>;

  /** The entries of these users, an empty list for a user without. */
  abstract metas(users: readonly UserId[]): Promise<Map<UserId, PresenceMeta[]>>;

  /** Users that have an entry. */
  abstract users(): Promise<UserId[]>;
}
