import { TabcastError } from '../errors.js';
import { openEvents } from './open-events.js';
import type { EventFeed, EventsOptions, StreamState } from './types.js';

/** What an {@link EventSource} can be made with besides `withCredentials`. */
export interface EventSourceOptions extends Omit<EventsOptions, 'credentials' | 'decode'> {
  /** Send cookies to another origin. Default false. */
  readonly withCredentials?: boolean;
}

type Handler<E extends Event> = ((this: globalThis.EventSource, event: E) => unknown) | null;

const MEMBERS = 'close onerror onmessage onopen readyState url withCredentials'.split(' ');

/** Adds or removes a listener: events of any name but `open` and `error` are `MessageEvent`s. */
interface ChangeListeners<Options> {
  <Name extends keyof EventSourceEventMap>(
    type: Name,
    listener: (this: globalThis.EventSource, event: EventSourceEventMap[Name]) => unknown,
    options?: boolean | Options,
  ): void;
  (
    type: string,
    listener: (this: globalThis.EventSource, event: MessageEvent) => unknown,
    options?: boolean | Options,
  ): void;
  (
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | Options,
  ): void;
}

/**
 * The standard's `EventSource` over a stream that comes back, for code that has one.
 *
 * It has the standard's shape (HTML 9.2.2) and all that {@link openEvents} can do besides: headers,
 * sharing, backoff. It differs where the standard gives up: a server that is down or busy is asked
 * again, and so is one that does not allow the page's origin, which looks the same.
 *
 * Each event is a `MessageEvent`, whatever its name. `error` with `readyState` CONNECTING says that
 * another attempt follows, with CLOSED that none does.
 */
export class EventSource extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;
  declare addEventListener: ChangeListeners<AddEventListenerOptions>;
  declare removeEventListener: ChangeListeners<EventListenerOptions>;
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #feed: EventFeed<Record<string, string>>;
  readonly #handlers = new Map<string, (event: Event) => unknown>();
  #origin: string;
  #readyState: 0 | 1 | 2 = 0;

  /** @throws a `SyntaxError` (`DOMException`) for what is not a URL */
  constructor(url: string | URL, init: EventSourceOptions = {}) {
    super();
    if (arguments.length === 0) throw new TypeError('an EventSource needs a URL');
    const { withCredentials = false, ...options } = init;
    this.#withCredentials = withCredentials;
    this.#url = resolve(url);
    this.#origin = new URL(this.#url).origin;
    this.#feed = openEvents(this.#url, {
      onEnd: 'reconnect',
      ...options,
      credentials: withCredentials ? 'include' : 'same-origin',
      fetch: (request) => this.#fetch(options.fetch ?? ((sent) => fetch(sent)), request),
    });
    this.#feed.onEvent(({ event, id, data }) => {
      const { origin } = { origin: this.#origin };
      this.dispatchEvent(new MessageEvent(event, { data, lastEventId: id, origin }));
    });
    this.#feed.onState((state) => this.#follow(state));
    this.#feed.onFailure((failure) => {
      // The end has a state of its own.
      if (failure.willRetry) this.#announce(0, 'error');
    });
  }

  static {
    // Members where Web IDL puts them, for code that lists or copies them.
    for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
      Object.defineProperty(this, name, { value, enumerable: true });
      Object.defineProperty(this.prototype, name, { value, enumerable: true });
    }
    for (const name of MEMBERS) Object.defineProperty(this.prototype, name, { enumerable: true });
    const tag = { value: 'EventSource', configurable: true };
    Object.defineProperty(this.prototype, Symbol.toStringTag, tag);
  }

  /** Where the stream is, not where redirects lead. */
  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  get readyState(): 0 | 1 | 2 {
    return this.#readyState;
  }

  get onopen(): Handler<Event> {
    return this.#handler('open');
  }
  set onopen(handler: Handler<Event>) {
    this.#handle('open', handler);
  }

  get onmessage(): Handler<MessageEvent> {
    return this.#handler('message');
  }
  set onmessage(handler: Handler<MessageEvent>) {
    this.#handle('message', handler);
  }

  get onerror(): Handler<Event> {
    return this.#handler('error');
  }
  set onerror(handler: Handler<Event>) {
    this.#handle('error', handler);
  }

  /** Ends the stream for good; no event follows. */
  close(): void {
    this.#readyState = 2;
    this.#feed.close();
  }

  /** `origin` is that of the response, behind all redirects. */
  async #fetch(send: (request: Request) => Promise<Response>, request: Request): Promise<Response> {
    const response = await send(request);
    if (response.url) this.#origin = new URL(response.url).origin;
    return response;
  }

  #follow(state: StreamState): void {
    if (this.#readyState === 2) return;
    if (state.status === 'open') this.#announce(1, 'open');
    else if (state.status === 'closed') this.#announce(2, 'error');
    else this.#readyState = 0;
  }

  #announce(readyState: 0 | 1 | 2, type: 'open' | 'error'): void {
    if (this.#readyState === 2) return;
    this.#readyState = readyState;
    this.dispatchEvent(new Event(type));
  }

  #handler<E extends Event>(type: string): Handler<E> {
    return (this.#handlers.get(type) ?? null) as Handler<E>;
  }

  /** A handler that replaces another one takes its place among the listeners. */
  #handle<E extends Event>(type: string, handler: Handler<E>): void {
    const known = this.#handlers.has(type);
    if (typeof handler !== 'function') {
      this.#handlers.delete(type);
      this.removeEventListener(type, this.#callHandler);
      return;
    }
    this.#handlers.set(type, handler as (event: Event) => unknown);
    if (!known) this.addEventListener(type, this.#callHandler);
  }

  readonly #callHandler = (event: Event): void => {
    this.#handlers.get(event.type)?.call(this, event);
  };
}

function resolve(url: string | URL): string {
  try {
    return new URL(url, typeof document === 'object' ? document.baseURI : undefined).href;
  } catch (cause) {
    if (typeof DOMException === 'undefined') throw new TabcastError('invalid', String(cause));
    throw new DOMException(`${String(url)} is not a URL`, 'SyntaxError');
  }
}
