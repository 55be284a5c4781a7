/** Hears of a plain event: the Socket's number, and the JSON text of its array. */
type Deliver = (socket: number, json: string) => void;

/**
 * Takes in the frames of a WebSocket that the core need not see: plain events of which it has said
 * how they begin. All others go on to the core.
 */
export class Shortcuts {
  readonly #deliver: Deliver;
  #limit = 0;
  #heads: readonly string[] = [];
  #sockets: readonly number[] = [];

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  /** Replaces all that were known. A head ends with the bracket that the payload begins with. */
  set(limit: number, heads: readonly string[], sockets: readonly number[]): void {
    this.#limit = limit;
    this.#heads = heads;
    this.#sockets = sockets;
  }

  /** What a WebSocket calls for each message in place of `listener`. */
  before(listener: (event: MessageEvent) => void): (event: MessageEvent) => void {
    return (event) => {
      if (!this.#take(event.data)) listener(event);
    };
  }

  #take(frame: unknown): boolean {
    if (typeof frame !== 'string' || frame.length > this.#limit) return false;
    const at = this.#heads.findIndex((head) => frame.startsWith(head));
    if (at < 0) return false;
    this.#deliver(this.#sockets[at]!, frame.slice(this.#heads[at]!.length - 1));
    return true;
  }
}
