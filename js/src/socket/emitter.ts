import { reportUncaught } from '../errors.js';
import type { EventNames, EventParams, EventsMap, ListenableNames, ListenerOf } from './events.js';

type Listener = ((...args: any[]) => void) & { fn?: unknown };

/**
 * Event emitter with the surface and order of `@socket.io/component-emitter`.
 *
 * One difference: a listener that throws is reported and does not keep the others from hearing
 * the event.
 */
export abstract class Emitter<Listen extends EventsMap, Reserved extends EventsMap> {
  readonly #listeners = new Map<string | symbol, Listener[]>();

  /** Adds a listener. The same one twice is called twice. */
  on<Event extends ListenableNames<Listen, Reserved>>(
    event: Event,
    listener: ListenerOf<Listen, Reserved, Event>,
  ): this {
    const name = key(event);
    const listeners = this.#listeners.get(name);
    if (listeners) listeners.push(listener as Listener);
    else this.#listeners.set(name, [listener as Listener]);
    return this;
  }

  /** Adds a listener that is removed before its first call. */
  once<Event extends ListenableNames<Listen, Reserved>>(
    event: Event,
    listener: ListenerOf<Listen, Reserved, Event>,
  ): this {
    const wrapper: Listener = (...args) => {
      this.off(event, wrapper as ListenerOf<Listen, Reserved, Event>);
      (listener as Listener).apply(this, args);
    };
    wrapper.fn = listener;
    return this.on(event, wrapper as ListenerOf<Listen, Reserved, Event>);
  }

  /** Removes one listener, all of one event, or all. */
  off<Event extends ListenableNames<Listen, Reserved>>(
    ...args: [event?: Event, listener?: ListenerOf<Listen, Reserved, Event>]
  ): this {
    if (args.length === 0) {
      this.#listeners.clear();
      return this;
    }
    const name = key(args[0]);
    if (args.length === 1) {
      this.#listeners.delete(name);
      return this;
    }
    const listeners = this.#listeners.get(name);
    if (!listeners) return this;
    const at = listeners.findIndex((known) => known === args[1] || known.fn === args[1]);
    if (at >= 0) listeners.splice(at, 1);
    if (listeners.length === 0) this.#listeners.delete(name);
    return this;
  }

  /** The listeners of an event; those added by `once` are wrapped, with the original as `fn`. */
  listeners<Event extends ListenableNames<Listen, Reserved>>(
    event: Event,
  ): ListenerOf<Listen, Reserved, Event>[] {
    return (this.#listeners.get(key(event)) ?? []) as ListenerOf<Listen, Reserved, Event>[];
  }

  hasListeners<Event extends ListenableNames<Listen, Reserved>>(event: Event): boolean {
    return this.listeners(event).length > 0;
  }

  /** Same as {@link on}. */
  addEventListener<Event extends ListenableNames<Listen, Reserved>>(
    event: Event,
    listener: ListenerOf<Listen, Reserved, Event>,
  ): this {
    return this.on(event, listener);
  }

  /** Same as {@link off}. */
  removeListener<Event extends ListenableNames<Listen, Reserved>>(
    ...args: [event?: Event, listener?: ListenerOf<Listen, Reserved, Event>]
  ): this {
    return this.off(...args);
  }

  /** Same as {@link off}. */
  removeEventListener<Event extends ListenableNames<Listen, Reserved>>(
    ...args: [event?: Event, listener?: ListenerOf<Listen, Reserved, Event>]
  ): this {
    return this.off(...args);
  }

  /** Same as {@link off}. */
  removeAllListeners<Event extends ListenableNames<Listen, Reserved>>(
    ...args: [event?: Event, listener?: ListenerOf<Listen, Reserved, Event>]
  ): this {
    return this.off(...args);
  }

  /** Calls the listeners of one of the library's own events. */
  protected emitReserved<Event extends EventNames<Reserved>>(
    event: Event,
    ...args: EventParams<Reserved, Event>
  ): void {
    this.dispatch(event, args);
  }

  /** Calls the listeners that an event has at this moment, each with `args`. */
  protected dispatch(event: string | symbol | number, args: readonly unknown[]): void {
    const listeners = this.#listeners.get(key(event));
    if (listeners) this.callEach(listeners, args);
  }

  /** Calls functions in order; one that throws is reported, and the next has its turn. */
  protected callEach(listeners: readonly Listener[], args: readonly unknown[]): void {
    // Most events have one listener: then there is nothing to keep a copy of.
    if (listeners.length === 1) this.#call(listeners[0]!, args);
    else for (const listener of [...listeners]) this.#call(listener, args);
  }

  #call(listener: Listener, args: readonly unknown[]): void {
    try {
      listener.apply(this, args as any[]);
    } catch (error) {
      reportUncaught(error);
    }
  }
}

/** A number names the same event as its digits. */
function key(event: string | symbol | number | undefined): string | symbol {
  return typeof event === 'symbol' ? event : String(event);
}
