/** How a tab does in sharing a connection. All are numbers since the tab was opened, or of now. */
export interface TabsInspection {
  /** Requests of this tab that the leader has not accepted yet. */
  readonly queue: number;
  /** Entries of the leader's log that this tab knows to exist and lacks. */
  readonly lag: number;
  /** Entries kept for tabs that lack them. */
  readonly kept: number;
  /** Entries that this tab, as leader, gave to the others. */
  readonly published: number;
  /** Entries that this tab got. */
  readonly received: number;
  /** Times that entries were found missing. */
  readonly gaps: number;
  /** Times that missing entries came from another tab. */
  readonly refilled: number;
  /** Times that the state of things came instead. */
  readonly restated: number;
  /** Messages on the channel that were ignored, as they are not of this package. */
  readonly foreign: number;
  /** Messages that were ignored, as an older or newer build of this package wrote them. */
  readonly otherVersion: number;
  /** Messages of a leader that had been replaced. */
  readonly stale: number;
}

/** Reads the numbers that the core gives; a core that is not loaded has none. */
export function readInspection(numbers: ArrayLike<number> = []): TabsInspection {
  const values = NAMES.map((name, index) => [name, numbers[index] ?? 0]);
  return Object.fromEntries(values) as unknown as TabsInspection;
}

/** In the order of `Inspection::numbers`. */
const NAMES: readonly (keyof TabsInspection)[] = [
  'queue',
  'lag',
  'kept',
  'published',
  'received',
  'gaps',
  'refilled',
  'restated',
  'foreign',
  'otherVersion',
  'stale',
];
