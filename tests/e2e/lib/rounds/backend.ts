/** The server of rounds: all that it was told to send and all that it got is known. */
export interface Backend {
  /** Messages sent in this round, in order. */
  readonly sent: readonly number[];
  /** What came in this round, by tab, in the order of arrival. */
  readonly received: ReadonlyMap<string, readonly number[]>;
  /** When a connection was made in this round. */
  readonly connectedAt: readonly number[];
  /** Begins a round with a user of its own; gives what a tab needs to join. */
  begin(): Promise<Record<string, unknown>>;
  /** Sends numbered messages until {@link stopSending}. */
  startSending(perSecond: number): void;
  /** Resolves when all that was sent is on its way. */
  stopSending(): Promise<void>;
  /** Open connections of the tabs. */
  connections(): Promise<number>;
  /** Lets all connections that are open now go dead without closing them. */
  blackHole(): void;
  stop(): Promise<void>;
}

/** What a backend is made with. */
export interface BackendOptions {
  /** Milliseconds between heartbeats, and until one that is not answered counts as missed. */
  readonly heartbeat?: { readonly interval: number; readonly timeout: number };
  /** Options of `io()` in the tabs. */
  readonly io?: Record<string, unknown>;
  /** Whether the server recognises what is sent again; tabs then send it again. */
  readonly deduplicates?: boolean;
}

/** Calls `body` with `perSecond` in the long run, catching up when late; gives what ends it. */
export function paced(perSecond: number, body: () => void): () => void {
  const begun = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * perSecond) / 1000);
    for (; done < due; done += 1) body();
  }, 2);
  return () => clearInterval(timer);
}

/** Notes that `tab` sent `n`. */
export function noteReceived(received: Map<string, number[]>, tab: string, n: number): void {
  const numbers = received.get(tab);
  if (numbers) numbers.push(n);
  else received.set(tab, [n]);
}
