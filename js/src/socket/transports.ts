import type { ConnectionConfig } from '../core/connection.js';
import { TabcastError } from '../errors.js';

/** How packets can travel. */
export type TransportName = 'polling' | 'websocket';

/** What stands for a transport in the option `transports`, as a name does. */
export interface TransportConstructor {
  readonly prototype: { readonly name: string };
}

/** HTTP long-polling, by XMLHttpRequest. */
export class XHR {
  get name(): 'polling' {
    return 'polling';
  }
}

/** HTTP long-polling. Upstream sends it by `fetch`; here the requests are those of {@link XHR}. */
export class Fetch {
  get name(): 'polling' {
    return 'polling';
  }
}

/** The browser's WebSocket. */
export class WebSocket {
  get name(): 'websocket' {
    return 'websocket';
  }
}

/** WebTransport, which cannot be used yet: a connection that asks for it is refused. */
export class WebTransport {
  get name(): 'webtransport' {
    return 'webtransport';
  }
}

/** Same as {@link XHR}, as in upstream's build for browsers. */
export const NodeXHR = XHR;
/** Same as {@link WebSocket}, as in upstream's build for browsers. */
export const NodeWebSocket = WebSocket;

/** Options of all transports, and of one of them in `transportOptions`. */
export interface RequestOptions {
  /** Sends binary data as text. Default `false`; over long-polling it always is. */
  forceBase64: boolean;
  /**
   * Gives each URL another parameter, which keeps caches out. Default: over long-polling, unless
   * this is `false`.
   */
  timestampRequests: boolean;
  /** Its name. Default `t`. */
  timestampParam: string;
  /** Milliseconds that one request of long-polling may take. Default 0: no limit. */
  requestTimeout: number;
  /** Headers of the requests of long-polling. A page cannot give any to a WebSocket. */
  extraHeaders: { readonly [name: string]: string };
  /** Sends cookies to other origins too, over long-polling. Default `false`. */
  withCredentials: boolean;
  /** Second argument of `new WebSocket`. */
  protocols: string | readonly string[];
}

/** Options that decide how packets travel. All are optional. */
export interface TransportOptions extends RequestOptions {
  /**
   * The first opens the connection. The others serve for an upgrade, or instead of the first with
   * `tryAllTransports`. Default `['polling', 'websocket']`.
   */
  transports: readonly (string | TransportConstructor)[];
  /** The same, with classes only. */
  transportImplementations: readonly TransportConstructor[];
  /** Moves from long-polling to WebSocket when the server offers that. Default `true`. */
  upgrade: boolean;
  /** Begins with the WebSocket if the last one worked. Default `false`; `true` when shared. */
  rememberUpgrade: boolean;
  /** Tries the next transport where one cannot open the connection. Default `false`. */
  tryAllTransports: boolean;
  /** Options of single transports. */
  transportOptions: { readonly [name in TransportName]?: Partial<RequestOptions> };
}

/** The part of the core's configuration that concerns transports. */
export interface TransportConfig extends Pick<
  ConnectionConfig,
  | 'transports'
  | 'upgrade'
  | 'tryAllTransports'
  | 'rememberUpgrade'
  | 'websocketWorks'
  | 'polling'
  | 'websocket'
> {}

/** What this page knows of its WebSockets, across connections; upstream keeps it in a static. */
export const memory = { websocketWorks: false };

/** Fills in the defaults. */
export function transportConfig(
  options: Partial<TransportOptions>,
  isShared: boolean,
): TransportConfig {
  const polling = { ...options, ...options.transportOptions?.polling };
  const websocket = { ...options, ...options.transportOptions?.websocket };
  const { protocols = [] } = websocket;
  return {
    transports: transportNames(options),
    upgrade: options.upgrade !== false,
    tryAllTransports: !!options.tryAllTransports,
    rememberUpgrade: options.rememberUpgrade ?? isShared,
    websocketWorks: !!options.rememberUpgrade && memory.websocketWorks,
    polling: {
      timestamp: polling.timestampRequests === false ? null : (polling.timestampParam ?? 't'),
      base64: !!polling.forceBase64,
      headers: Object.entries(polling.extraHeaders ?? {}).map(([name, value]) => [
        name,
        String(value),
      ]),
      withCredentials: !!polling.withCredentials,
      requestTimeout: Math.max(0, Math.trunc(polling.requestTimeout ?? 0)),
    },
    websocket: {
      timestamp: websocket.timestampRequests ? (websocket.timestampParam ?? 't') : null,
      base64: !!websocket.forceBase64,
      protocols: typeof protocols === 'string' ? [protocols] : protocols,
    },
  };
}

/**
 * The transports of a connection, in order.
 *
 * @throws {@link TabcastError} `unsupported` if one cannot be used
 */
export function transportNames(options: Partial<TransportOptions>): TransportName[] {
  const { transports, transportImplementations: implementations } = options;
  if (transports && implementations) {
    throw new TabcastError(
      'unsupported',
      "specifying both 'transportImplementations' and 'transports' options is not supported",
    );
  }
  return [...(implementations ?? transports ?? (['polling', 'websocket'] as const))].map(nameOf);
}

function nameOf(transport: string | TransportConstructor): TransportName {
  if (transport === 'polling' || transport === XHR || transport === Fetch) return 'polling';
  if (transport === 'websocket' || transport === WebSocket) return 'websocket';
  const name = typeof transport === 'string' ? transport : transport?.prototype?.name;
  throw new TabcastError(
    'unsupported',
    transport === 'webtransport' || transport === WebTransport
      ? 'unable to use the transport "webtransport"; this version has polling and websocket'
      : `unable to use the transport "${name}"; polling, websocket and their classes can be used`,
  );
}
