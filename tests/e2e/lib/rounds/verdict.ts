/** What a tab wrote down in a round. Times are those of the system's clock. */
export interface TabReport {
  /** Numbers that came, in the order in which they came, and when. */
  readonly messages: readonly (readonly [n: number, at: number])[];
  /** The numbers that a room shows in the end; `undefined` where there is no room. */
  readonly rows?: readonly number[];
  readonly notes: readonly (readonly [at: number, what: string, detail?: unknown])[];
  /** What became of each message that the tab sent, by number: `done`, `pending`, or an error. */
  readonly outcomes: readonly string[];
}

/** How what came differs from what was sent. */
export interface Difference {
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

/** What became of the messages of a tab. */
export interface Upward extends Difference {
  /** Messages of which the tab was told that nobody knows whether they arrived, by reason. */
  readonly unknown: readonly string[];
  /** Messages that the tab was told had arrived, and had not; or of which it was told nothing. */
  readonly untrue: number;
}

/** Compares numbers that came with those that were sent. */
export function difference(sent: readonly number[], came: readonly number[]): Difference {
  const distinct = new Set(came);
  return {
    lost: sent.filter((n) => !distinct.has(n)).length,
    doubled: came.length - distinct.size,
    reordered: came.filter((n, index) => index > 0 && n < came[index - 1]!).length,
  };
}

/** Judges what a tab sent: what came, and what the tab was told of it. */
export function upward(outcomes: readonly string[], came: readonly number[]): Upward {
  const arrived = new Set(came);
  const sent = outcomes.map((_, n) => n);
  const wrong = (outcome: string, n: number): boolean =>
    outcome === 'pending' || (outcome === 'done' && !arrived.has(n));
  return {
    ...difference(sent, came),
    unknown: outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'pending'),
    untrue: outcomes.filter(wrong).length,
  };
}

/** Whether the session was resumed wherever the tab reconnected after `moment`. */
export function wasResumed({ notes }: TabReport, moment: number): boolean {
  return notes
    .filter(([at, what]) => at >= moment && what === 'connect')
    .every(([, , recovered]) => recovered === true);
}

/** The longest pause between arrivals that ends at `moment` or later. */
export function longestPause({ messages }: TabReport, moment: number): number {
  let longest = 0;
  messages.slice(1).forEach(([, at], index) => {
    if (at >= moment) longest = Math.max(longest, at - messages[index]![1]);
  });
  return longest;
}

/** The sum of what differed over all tabs. */
export function sum(differences: readonly Difference[]): Difference {
  const total = { lost: 0, doubled: 0, reordered: 0 };
  for (const { lost, doubled, reordered } of differences) {
    total.lost += lost;
    total.doubled += doubled;
    total.reordered += reordered;
  }
  return total;
}
