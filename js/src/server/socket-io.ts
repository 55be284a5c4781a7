/**
 * What is used of socket.io 4.6 or newer, beside its public surface.
 *
 * Its middlewares come too late: `socket.use` runs behind catch-all listeners, and `io.use` not at
 * all for a session that is recovered.
 */

/** A `Server` or a `Namespace` of socket.io. */
export interface SocketServer {
  use(middleware: (socket: any, next: (error?: any) => void) => void): unknown;
}

/** A socket of socket.io, as far as an app needs it to say whose it is. */
export interface ServerSocket {
  readonly id: string;
  readonly data: any;
  readonly handshake: { readonly auth: { readonly [key: string]: any } };
}

export interface Packet {
  readonly type: number;
  readonly id?: number | undefined;
  readonly data?: any;
}

export interface SocketInternals extends ServerSocket {
  readonly connected: boolean;
  readonly nsp: { readonly name: string };
  packet(packet: Packet, options?: unknown): void;
  onevent(packet: Packet): void;
  disconnect(close: boolean): unknown;
}

export interface NamespaceInternals {
  _createSocket(...args: unknown[]): Promise<SocketInternals>;
}

/** Types of packets (Socket.IO protocol v5). */
export const CONNECT = 0;
export const ACK = 3;

/** Calls `use` with every namespace of `io`, now and later. */
export function eachNamespace(io: SocketServer, use: (nsp: NamespaceInternals) => void): void {
  const { _nsps, on } = io as SocketServer & {
    _nsps?: ReadonlyMap<string, NamespaceInternals>;
    on?: (event: 'new_namespace', listener: (nsp: NamespaceInternals) => void) => unknown;
  };
  if (!_nsps) return use(checked(io));
  for (const nsp of _nsps.values()) use(checked(nsp));
  on?.call(io, 'new_namespace', use);
}

export function isUsable(socket: SocketInternals): boolean {
  return typeof socket.packet === 'function' && typeof socket.onevent === 'function';
}

function checked(nsp: unknown): NamespaceInternals {
  if (typeof (nsp as Partial<NamespaceInternals>)._createSocket === 'function') {
    return nsp as NamespaceInternals;
  }
  throw new TypeError('unable to deduplicate; this is no server or namespace of socket.io >= 4.6');
}
