import type { Parser } from './codec.js';
import type { ConnectionConfig, ShareConfig, TimerFunctions } from '../core/connection.js';
import { TabcastError } from '../errors.js';
import type { Debug } from './debug.js';
import type { Delivery } from './delivery.js';
import { scopeName } from './scope.js';
import { transportConfig, transportNames, type TransportOptions } from './transports.js';
import { bracketed, pageLocation, parseUrl } from './url.js';

/** Options of a connection. All are optional. */
export interface ManagerOptions extends TransportOptions {
  /** Makes a Manager of its own, instead of using the one for this server. Default `false`. */
  forceNew: boolean;
  /** `false` is the same as `forceNew: true`. Default `true`. */
  multiplex: boolean;
  /** Path of the HTTP endpoint. Default `/socket.io`. */
  path: string;
  /** Default `true`. */
  addTrailingSlash: boolean;
  /** Used where no URL is given; default: those of the page. */
  host: string;
  hostname: string;
  port: string | number;
  secure: boolean;
  /** Goes into the query string of the connection (the server's `socket.handshake.query`). */
  query: { readonly [name: string]: unknown } | string;
  /** Opens at once. Default `true`. */
  autoConnect: boolean;
  /** Default `true`. */
  reconnection: boolean;
  /** Default `Infinity`; 0 is the default too. */
  reconnectionAttempts: number;
  /** Milliseconds before the first attempt. Default 1000; 0 is the default too. */
  reconnectionDelay: number;
  /** Upper limit of the growing delay, in milliseconds. Default 5000; 0 is the default too. */
  reconnectionDelayMax: number;
  /** How far the delay is moved at random, from 0 to 1. Default 0.5. */
  randomizationFactor: number;
  /** Milliseconds for the connection to open; `false`: no limit. Default 20000. */
  timeout: number | false;
  /**
   * Milliseconds for the answer of the server when a namespace connects; `false`: no limit.
   * Default 45000, as long as a server waits for a client that connects to none.
   */
  connectTimeout: number | false;
  /** Encodes and decodes packets; `socket.io-msgpack-parser`, for example. Not with `shared`. */
  parser: Parser;
  /** Uses the timers that the page had when this module was loaded, whatever it has now. */
  useNativeTimers: boolean;
  /** Accepted for compatibility: a page that is left always lets go of its connection. */
  closeOnBeforeunload: boolean;
  /** Binary attachments that one incoming packet may have. Default 10. */
  maxAttachments: number;
  /** Events of this tab that may be unsent or unacknowledged. Default 100,000. */
  maxPending: number;
  /** Their size, in UTF-16 units of text and bytes. Default 256 Mi. */
  maxPendingSize: number;
  /**
   * What becomes of an event that is too much: `reject` fails it, `drop-oldest` the oldest one that
   * still waits for the connection; with `buffer_full`. Default `reject`.
   */
  whenFull: 'reject' | 'drop-oldest';
  /** One connection for all tabs of the same `scope`. Default `false`. */
  shared: boolean;
  /** Who uses the connection: the id of the user. Without one nothing is shared. */
  scope: string;
  /** Tells apps of one origin apart. Default `app`. */
  app: string;
  /**
   * Writes elections, handovers, gaps, catch-ups and what was dropped to the console, or to this
   * function. Default: if `localStorage.debug` names `tabcast`.
   */
  debug: Debug;
  /** How tabs share; the same in all tabs of a scope. */
  tabs: Partial<TabsOptions>;
}

/** How tabs share a connection. All are optional. */
export interface TabsOptions {
  /**
   * Milliseconds for which a visible tab waits for a sign of life of the tab that leads, before it
   * takes the connection from it; `false`: never. A page that hangs longer is replaced, and goes on
   * as a follower. Default 1500; less than 500 is 500.
   */
  stealAfter: number | false;
  /** Milliseconds after such a change in which there is no other. Default 30000. */
  stealPause: number;
  /**
   * Milliseconds after which a hidden tab that leads hands over to a visible one; `false`: never.
   * Default 5000 on phones and tablets, which suspend hidden pages, else `false`.
   */
  yieldHiddenAfter: number | false;
  /**
   * Whether the `auth` of a Socket may be sent to the tab that leads, over a BroadcastChannel, if
   * that tab has no Socket in the namespace and none has one in all. Default `false`: the Socket
   * gets a `connect_error` with code `auth_withheld`, and connects when a tab leads that can.
   */
  shareAuth: boolean;
}

/**
 * What the app sends when a namespace connects: an object, or a function that makes it.
 *
 * The function is told why the server refused what it gave before, if it is asked again because of
 * that (`retryRefused`).
 */
export type Auth =
  | { readonly [key: string]: unknown }
  | ((provide: (data: object) => void, refused?: TabcastError) => void | Promise<void>);

/** Options of a namespace. All are optional. */
export interface SocketOptions {
  /** Read, or called, each time that the namespace connects. */
  auth: Auth;
  /** Milliseconds to wait for acknowledgements, where `timeout()` says nothing. Default: for ever. */
  ackTimeout: number;
  /**
   * How often an event is sent again whose acknowledgement does not come in time, one event at a
   * time. Volatile ones are not. Default: never.
   */
  retries: number;
  /**
   * When the server refuses the namespace, asks the function `auth` once more before that is told:
   * for tokens that have expired. Default `false`.
   */
  retryRefused: boolean;
  /** How often an event may be carried out. Default `at-most-once`. */
  delivery: Delivery;
}

/** The options that can be asked for, and changed before the connection is made. */
export interface ConnectionSettings extends Pick<
  ManagerOptions,
  | 'reconnection'
  | 'reconnectionAttempts'
  | 'reconnectionDelay'
  | 'reconnectionDelayMax'
  | 'randomizationFactor'
  | 'timeout'
> {}

/** Fills in the defaults as upstream does: with 0 meaning "default" where it does there. */
export function connectionSettings(options: Partial<ManagerOptions>): ConnectionSettings {
  return {
    reconnection: options.reconnection !== false,
    reconnectionAttempts: options.reconnectionAttempts || Infinity,
    reconnectionDelay: options.reconnectionDelay || 1000,
    reconnectionDelayMax: options.reconnectionDelayMax || 5000,
    randomizationFactor: options.randomizationFactor ?? 0.5,
    timeout: options.timeout ?? 20_000,
  };
}

/** What the core needs to open a connection. */
export function connectionConfig(
  uri: string | undefined,
  options: Partial<ManagerOptions>,
  settings: ConnectionSettings,
): ConnectionConfig {
  const url = engineUrl(uri, options);
  return {
    url,
    ...transportConfig(options, isShared(options)),
    ...settings,
    reconnectionAttempts: finiteOrNull(settings.reconnectionAttempts),
    timeout: limit(settings.timeout),
    connectTimeout: limit(options.connectTimeout ?? 45_000),
    ...(options.useNativeTimers && { timers: NATIVE_TIMERS }),
    maxAttachments: options.maxAttachments ?? 10,
    maxPending: options.maxPending ?? 100_000,
    maxPendingSize: options.maxPendingSize ?? 256 << 20,
    dropOldest: options.whenFull === 'drop-oldest',
    share: isShared(options) ? shareConfig(url, options) : null,
  };
}

function shareConfig(
  url: string,
  { app = 'app', scope, tabs = {} }: Partial<ManagerOptions> & { scope: string },
): ShareConfig {
  const { stealAfter = 1500, stealPause = 30_000 } = tabs;
  const { yieldHiddenAfter = suspendsHiddenPages() && 5000 } = tabs;
  return {
    scope: scopeName(app, url, scope),
    stealAfter: stealAfter === false ? null : finiteOrNull(Math.max(500, stealAfter)),
    stealPause,
    yieldHiddenAfter: yieldHiddenAfter === false ? null : yieldHiddenAfter,
  };
}

/** Phones and tablets; an iPad says that it is a Mac. */
function suspendsHiddenPages(): boolean {
  if (typeof navigator === 'undefined') return false;
  const { userAgent, maxTouchPoints } = navigator;
  return (
    /Android|iPhone|iPad|Mobile/.test(userAgent) || (/Mac/.test(userAgent) && maxTouchPoints > 1)
  );
}

/** Whether the connection is for all tabs of a user. */
export function isShared(
  options: Partial<ManagerOptions>,
): options is Partial<ManagerOptions> & { scope: string } {
  return options.shared === true && !!options.scope;
}

/**
 * Refuses options of `socket.io-client` that would change what happens, and cannot be honoured.
 *
 * @throws {@link TabcastError} `unsupported`
 */
export function refuseUnsupported(options: Partial<ManagerOptions>): void {
  transportNames(options);
  if (options.parser && isShared(options)) {
    const message = 'unable to share a connection with a parser of its own';
    throw new TabcastError('unsupported', message);
  }
}

/** A page may replace them later: tests do. */
const NATIVE_TIMERS: TimerFunctions = {
  set: globalThis.setTimeout.bind(globalThis) as typeof setTimeout,
  clear: globalThis.clearTimeout.bind(globalThis),
};

function limit(milliseconds: number | false): number | null {
  return milliseconds === false ? null : finiteOrNull(milliseconds);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function engineUrl(uri: string | undefined, options: Partial<ManagerOptions>): string {
  const page = pageLocation();
  const given = parseUrl(uri ?? '');
  const hostname = given.host || options.hostname || parseUrl(options.host ?? '').host;
  const secure = given.protocol
    ? /^(https|wss)$/.test(given.protocol)
    : (options.secure ?? page?.protocol === 'https:');
  const port = given.port || (uri ? '' : options.port) || (hostname ? '' : page?.port) || '';
  const isDefaultPort = port === '' || Number(port) === (secure ? 443 : 80);
  const host = bracketed(hostname || page?.hostname || 'localhost');
  const authority = isDefaultPort ? host : `${host}:${port}`;
  const query = engineQuery(given.query || options.query);
  return `${secure ? 'https' : 'http'}://${authority}${enginePath(options)}?${query}`;
}

function enginePath({ path, addTrailingSlash }: Partial<ManagerOptions>): string {
  return (path || '/socket.io').replace(/\/$/, '') + (addTrailingSlash === false ? '' : '/');
}

function engineQuery(query: ManagerOptions['query'] | undefined): string {
  // The core adds the transport, which is not the app's to choose in this way.
  const { transport: _, ...given } = typeof query === 'string' ? parseQuery(query) : { ...query };
  const parameters = { ...given, EIO: 4 };
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
}

function parseQuery(query: string): Record<string, string> {
  const pairs = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [decode(name), decode(value.join('='))] as const;
  });
  return Object.fromEntries(pairs);
}

/** A `%` that is no escape stays what it is; upstream throws here. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
