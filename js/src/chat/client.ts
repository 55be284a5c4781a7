import type { Json, PresenceState, RoomId, UserId } from '../contract/index.js';
import { RT_NAMESPACE } from '../contract/index.js';
import { TabcastError } from '../errors.js';
import { openEvents } from '../sse/open-events.js';
import { io, type IoOptions } from '../socket/io.js';
import type { Manager } from '../socket/manager.js';
import type { Socket } from '../socket/socket.js';
import type { TabsState } from '../socket/tabs.js';
import type { Subscribable } from '../subscribable.js';
import { Authenticator } from './authenticator.js';
import { Connection } from './connection.js';
import { FallbackLink } from './fallback-link.js';
import type { ChatCore, ChatStore, ChatView } from './core.js';
import { deviceId } from './ids.js';
import type { Link } from './link.js';
import { loadChatCore } from './load.js';
import { StreamLink, type StreamEnvironment } from './stream-link.js';
import { PresenceView } from './presence-view.js';
import { Room, type RoomOwner } from './room-handle.js';
import type {
  ClientOptions,
  ConnectionState,
  RealtimeClient,
  RoomHandle,
  TimingOptions,
  UserPresence,
} from './types.js';
import { Wire } from './wire.js';

/** Makes a client. It does nothing until something of it is retained, or `connect()` is called. */
export function createClient(options: ClientOptions): RealtimeClient {
  return new Client(options, {
    makeSocket: io,
    loadCore: loadChatCore,
    openEvents,
    fetch: (...request) => fetch(...request),
  });
}

/** What a client takes from outside; a test gives its own. */
export interface Environment extends StreamEnvironment {
  makeSocket(url: string, options: IoOptions): Socket;
  loadCore(): Promise<ChatCore>;
}

export class Client implements RealtimeClient, RoomOwner {
  readonly user: { readonly id: UserId };
  readonly socket: Socket;
  readonly connection: Subscribable<ConnectionState>;
  readonly #timing: Partial<TimingOptions>;
  readonly #environment: Environment;
  readonly #connection: Connection;
  readonly #wire: Wire;
  readonly #rooms = new Map<RoomId, Room>();
  readonly #presence = new PresenceView(this);
  #store: ChatStore | undefined;
  #loading = false;
  #destroyed = false;
  /** Commands that wait for the store, in order. */
  #waiting: Command[] = [];

  constructor(options: ClientOptions, environment: Environment) {
    const { url = '', namespace = RT_NAMESPACE, path, auth, user, tabs, timing = {} } = options;
    const device = options.device ?? deviceId();
    const base = url.replace(/\/$/, '') + namespace;
    const authenticator = new Authenticator(auth, device);
    this.user = user;
    this.#timing = timing;
    this.#environment = environment;
    this.socket = environment.makeSocket(base, {
      autoConnect: false,
      shared: tabs !== 'off',
      scope: user.id,
      // The first message is there two round trips earlier than by way of long-polling, which
      // serves where a proxy lets no WebSocket through.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      auth: authenticator.provide,
      ...(path !== undefined && { path }),
      ...(options.debug !== undefined && { debug: options.debug }),
    });
    const { token } = authenticator;
    const scope = (): string | undefined =>
      this.tabs.getSnapshot().sharing === 'on' ? user.id : undefined;
    const link = new FallbackLink(
      this.socket as unknown as Link,
      options.fallback === 'off'
        ? undefined
        : (sink) => new StreamLink({ base, device, token, scope }, environment, sink),
      timing.fallbackAfterMs ?? 8000,
    );
    this.#connection = new Connection(link, authenticator, {
      suspendedAfterMs: timing.suspendedAfterMs ?? 120_000,
      idleDisconnectMs: timing.idleDisconnectMs ?? 5000,
    });
    this.connection = this.#connection.state;
    link.io.on('logout', () => this.#end(loggedOut(), loggedOut()));
    this.#wire = new Wire(link, {
      device,
      ackTimeoutMs: timing.ackTimeoutMs ?? 10_000,
      greeted: ({ now }) => this.#connection.setServerTime(now),
      renewToken: () => authenticator.token('expiring'),
    });
  }

  get manager(): Manager {
    return this.socket.io;
  }

  get tabs(): Subscribable<TabsState> {
    return this.socket.io.tabs;
  }

  readonly room = <Meta extends Json>(id: RoomId): RoomHandle<Meta> =>
    // The app says of which type the `meta` of its messages is.
    this.#room(id) as unknown as RoomHandle<Meta>;

  readonly presence = (users: readonly UserId[]): Subscribable<ReadonlyMap<UserId, UserPresence>> =>
    this.#presence.group(users);

  readonly setPresence = (state: PresenceState, data?: Json): Promise<void> =>
    this.#wire.setPresence(state, data);

  readonly connect = (): void => {
    this.#load();
    this.#connection.connect();
  };

  readonly disconnect = (): void => this.#connection.disconnect();

  readonly logout = (): void => this.manager.logout();

  readonly destroy = (): void => this.#end(destroyed());

  #end(error: TabcastError, reason: TabcastError | null = null): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#connection.disconnect(reason);
    this.#wire.detach();
    for (const room of this.#rooms.values()) room.end(error);
    this.#failWaiting(error);
    this.#store?.free();
    this.#store = undefined;
  }

  readonly hold = (): (() => void) => {
    if (this.#destroyed) return () => {};
    this.#load();
    return this.#connection.hold();
  };

  readonly run: RoomOwner['run'] = (run, failed) => {
    if (this.#destroyed) failed?.(destroyed());
    else if (this.#store) run(this.#store);
    else this.#waiting.push({ run, failed });
  };

  #room(id: RoomId): Room {
    let room = this.#rooms.get(id);
    if (!room) this.#rooms.set(id, (room = new Room(id, this)));
    return room;
  }

  #load(): void {
    if (this.#store || this.#loading || this.#destroyed) return;
    this.#loading = true;
    this.#environment
      .loadCore()
      .then((core) => this.#start(core))
      .catch((error: unknown) => this.#failedToLoad(error))
      .finally(() => {
        this.#loading = false;
      });
  }

  #start({ ChatStore }: ChatCore): void {
    if (this.#destroyed) return;
    const { roomReleaseMs, typingHeartbeatMs, typingIdleMs } = this.#timing;
    const config = {
      user: this.user.id,
      ...(roomReleaseMs !== undefined && { lingerMs: roomReleaseMs }),
      ...(typingHeartbeatMs !== undefined && { typingHeartbeatMs }),
      ...(typingIdleMs !== undefined && { typingIdleMs }),
    };
    const store = new ChatStore(config, this.#wire, this.#view());
    this.#store = store;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { run } of waiting) run(store);
    this.#wire.attach(store);
  }

  #failedToLoad(cause: unknown): void {
    const error =
      cause instanceof TabcastError
        ? cause
        : new TabcastError('internal', 'unable to start the chat store', { cause });
    this.#connection.fail(error);
    this.#failWaiting(error);
  }

  /** What is no request, such as the retaining of a room, waits for the next load. */
  #failWaiting(error: TabcastError): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ failed }) => !failed);
    for (const { failed } of waiting) failed?.(error);
  }

  #view(): ChatView {
    return {
      rowInserted: (room, index, ...row) => this.#room(room).rowInserted(index, row),
      rowUpdated: (room, index, ...row) => this.#room(room).rowUpdated(index, row),
      rowsRemoved: (room, index, count) => this.#room(room).view.removeRows(index, count),
      roomChanged: (room, ...meta) => this.#room(room).view.setMeta(...meta),
      typersChanged: (room, typers) => this.#room(room).view.setTypers(typers),
      presenceChanged: (...presence) => this.#presence.set(...presence),
      olderLoaded: (room, ...outcome) => this.#room(room).olderLoaded(...outcome),
    };
  }
}

interface Command {
  readonly run: (store: ChatStore) => void;
  readonly failed: ((error: TabcastError) => void) | undefined;
}

function loggedOut(): TabcastError {
  return new TabcastError('logged_out', 'unable to use the client; the user logged out');
}

function destroyed(): TabcastError {
  return new TabcastError('aborted', 'unable to use the client; it was destroyed');
}
