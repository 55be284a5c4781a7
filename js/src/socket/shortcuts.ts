import type { Connection, ConnectionSink, Shortcut } from '../core/connection.js';
import { isEventName } from './payload.js';

/**
 * The way past the core for the frames of a WebSocket that it need not see: plain events and
 * acknowledgements, of which it has said how they begin. All others are for the core.
 */
export class Shortcuts {
  readonly #sink: Pick<ConnectionSink, 'event' | 'acked'>;
  /** The core keeps this object, which so must not keep the connection. */
  #core: WeakRef<Connection> | undefined;
  #wire: WebSocket | undefined;
  #limit = 0;
  #all: readonly Shortcut[] = [];

  constructor(sink: Pick<ConnectionSink, 'event' | 'acked'>) {
    this.#sink = sink;
  }

  /** Who knows what an acknowledgement is for. */
  ask(core: Connection): void {
    this.#core = new WeakRef(core);
  }

  /** Replaces all that were known. */
  set(limit: number, shortcuts: readonly Shortcut[]): void {
    this.#limit = limit;
    this.#all = shortcuts;
  }

  /** What a new WebSocket calls for each message in place of `listener`. */
  before(listener: (event: MessageEvent) => void, wire: WebSocket): (event: MessageEvent) => void {
    this.#wire = wire;
    return (event) => {
      if (!this.#take(event.data)) listener(event);
    };
  }

  /** Sends an event, without attachments and at most once; says whether that could be. */
  send(socket: number, id: number, json: string, wantsAck: boolean, timeoutMs: number): boolean {
    const head = this.#all.find(([known]) => known === socket)?.[1];
    const core = this.#core?.deref();
    // The core watches a connection that is too slow for what it is given.
    if (head === undefined || !core || !this.#wire || json.length > LARGE) return false;
    if (this.#wire.bufferedAmount > LARGE) return false;
    const ack = core.sendPlain(socket, id, json.length, wantsAck, timeoutMs);
    if (ack === undefined) return false;
    this.#wire.send(ack < 0 ? head + json : head + ack + json);
    return true;
  }

  #take(frame: unknown): boolean {
    if (typeof frame !== 'string' || frame.length > this.#limit) return false;
    for (const [socket, event, ack, takesEvents] of this.#all) {
      if (frame.startsWith(event)) {
        if (takesEvents && isPlain(frame, event.length)) {
          this.#sink.event(socket, frame.slice(event.length), undefined, -1);
          return true;
        }
      } else if (frame.startsWith(ack) && this.#takeAck(socket, frame, ack.length)) {
        return true;
      }
    }
    return false;
  }

  /** The id of an acknowledgement begins at `from`. */
  #takeAck(socket: number, frame: string, from: number): boolean {
    let ack = 0;
    let at = from;
    for (; at < from + MAX_DIGITS; at++) {
      const digit = frame.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      ack = ack * 10 + digit;
    }
    if (at === from || frame.charCodeAt(at) !== BRACKET) return false;
    const emit = this.#core?.deref()?.answered(socket, ack);
    if (emit === undefined) return false;
    this.#sink.acked(socket, emit, frame.slice(at), undefined);
    return true;
  }
}

/** Whether the array of an event that the app may hear of begins at `at`; else the core shall see. */
function isPlain(frame: string, at: number): boolean {
  if (frame.charCodeAt(at) !== BRACKET || frame.charCodeAt(at + 1) !== QUOTE) return false;
  // Most names are cleared by their first letter.
  if (!BEGIN_RESERVED.includes(frame.charAt(at + 2))) return true;
  const name = frame.slice(at + 2, frame.indexOf('"', at + 2));
  return !name.includes('\\') && isEventName(name);
}

/** With which characters the text of a reserved name may begin. */
const BEGIN_RESERVED = '\\cdnr';
/** In UTF-16 units or bytes: far less than what is too much for a connection. */
const LARGE = 1 << 16;
const BRACKET = 0x5b;
const QUOTE = 0x22;
const ZERO = 0x30;
/** More than we ever give, and exact as a number. */
const MAX_DIGITS = 15;
