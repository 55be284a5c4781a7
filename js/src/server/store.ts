/** Which emit is meant. */
export interface EmitKey {
  /** Namespace and user: ids of different scopes never meet. */
  readonly scope: string;
  /** The tab that made it, as a name that it chose at random. */
  readonly tab: string;
  /** Which of the tab's emits, counted from 0. */
  readonly n: number;
}

/** Values that an emit was acknowledged with, as JSON with placeholders for the binary ones. */
export interface Answer {
  readonly json: string;
  readonly attachments: readonly ArrayBuffer[];
}

/**
 * What a store knows of an emit that is about to be carried out.
 *
 * - `new`: nothing; from now on it is `running`
 * - `running`: another carries it out at this moment
 * - `done`: it was carried out; without `answer` if that was not kept, or may have been
 * - `past`: the tab has given it up
 * - `busy`: it never was, and there is no room to take note of it
 */
export type Seen =
  | { readonly state: 'new' | 'running' | 'past' | 'busy' }
  | { readonly state: 'done'; readonly answer: Answer | undefined };

/**
 * Remembers which emits were carried out, and how they were answered.
 *
 * What it answers at once, and not with a promise, is carried out at once.
 */
export interface DeliveryStore {
  /** How long an emit is remembered, in milliseconds. */
  readonly keepMs: number;
  /** Names this memory. Another name says that what was known under this one is forgotten. */
  name(): string | Promise<string>;
  /** Takes note of an emit. @param from all emits of the tab before this one are done with */
  begin(emit: EmitKey, from: number): Seen | Promise<Seen>;
  /** Says how an emit that is running stands now. */
  find(emit: EmitKey): Seen | Promise<Seen>;
  /** An emit that was `new` is not carried out after all: its socket is gone. */
  forget(emit: EmitKey): void | Promise<void>;
  /** An emit has been carried out. */
  finish(emit: EmitKey, answer: Answer | undefined): void | Promise<void>;
}
