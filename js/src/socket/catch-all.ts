import { Emitter } from './emitter.js';
import type { EventsMap } from './events.js';

/** A listener of events of any name. */
export type AnyListener = (...args: any[]) => void;

/** The part of a Socket that has listeners for all events, whatever their names. */
export abstract class CatchAllEmitter<
  Listen extends EventsMap,
  Reserved extends EventsMap,
> extends Emitter<Listen, Reserved> {
  #incoming: AnyListener[] = [];
  #outgoing: AnyListener[] = [];

  /** Calls `listener` for every event that comes in, before the listeners of that event. */
  onAny(listener: AnyListener): this {
    this.#incoming.push(listener);
    return this;
  }

  /** Like {@link onAny}, before those added so far. */
  prependAny(listener: AnyListener): this {
    this.#incoming.unshift(listener);
    return this;
  }

  /** Removes one catch-all listener, or all. */
  offAny(listener?: AnyListener): this {
    if (listener) remove(this.#incoming, listener);
    else this.#incoming = [];
    return this;
  }

  listenersAny(): AnyListener[] {
    return this.#incoming;
  }

  /** Calls `listener` for every event when it leaves. */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.push(listener);
    return this;
  }

  /** Like {@link onAnyOutgoing}, before those added so far. */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.unshift(listener);
    return this;
  }

  /** Removes one catch-all listener for outgoing events, or all. */
  offAnyOutgoing(listener?: AnyListener): this {
    if (listener) remove(this.#outgoing, listener);
    else this.#outgoing = [];
    return this;
  }

  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing;
  }
}

function remove<T>(items: T[], item: T): void {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
}
