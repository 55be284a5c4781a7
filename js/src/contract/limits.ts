/** What a server allows. Told in the answer to `rt:hello`. */
export interface ServerLimits {
  /** How long "is typing" holds without a renewal, in milliseconds. */
  typingTtlMs: number;
  /** Longest message, in bytes of UTF-8. */
  maxTextBytes: number;
  /** Most messages in one page of history. */
  historyPage: number;
  /** Most ops in one `room:sync`, and most that a join with `since` catches up. */
  syncMax: number;
  /** Messages, edits and deletes of one connection per second, sustained. Four times as many in a burst. */
  sendPerSec: number;
  /** Most members in a snapshot. */
  membersMax: number;
}

export const DEFAULT_LIMITS: Readonly<ServerLimits> = {
  typingTtlMs: 7000,
  maxTextBytes: 16_384,
  historyPage: 100,
  syncMax: 500,
  sendPerSec: 50,
  membersMax: 1000,
};

/** Ops that a join gives if it names no `limit`. */
export const DEFAULT_JOIN_LIMIT = 50;
