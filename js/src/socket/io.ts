import { isShared, type ManagerOptions, type SocketOptions } from './options.js';
import type { DefaultEventsMap, EventsMap } from './events.js';
import { Manager } from './manager.js';
import { Socket } from './socket.js';
import { resolveNamespace } from './url.js';

/** Options of `io()`: of the connection, and of the namespace. */
export type IoOptions = Partial<ManagerOptions & SocketOptions>;

const managers = new Map<string, Manager>();

function lookup<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(
  options?: IoOptions,
): Socket<Listen, Emit>;
function lookup<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(
  uri?: string,
  options?: IoOptions,
): Socket<Listen, Emit>;
function lookup<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(
  first?: string | IoOptions,
  second?: IoOptions,
): Socket<Listen, Emit> {
  const options = (typeof first === 'object' ? first : second) ?? {};
  const uri = typeof first === 'string' ? first : undefined;
  const { source, path, id } = resolveNamespace(uri, options.path || '/socket.io');
  return managerOf(cacheKey(id, options), path, source, options).socket(path, options);
}

/**
 * Connects to a namespace of a server: the Socket of `io('https://host/namespace')`.
 *
 * Namespaces of one server share a connection, made with the options of the first call. A second
 * call for the same namespace makes a connection of its own, as do `forceNew` and
 * `multiplex: false`. With `shared: true` and a `scope`, all tabs of that scope share it.
 *
 * @param uri complete, or relative to the page: `/namespace`; default: the origin of the page
 * @throws {@link TabcastError} `unsupported` if an option cannot be honoured
 */
export const io = /* @__PURE__ */ Object.assign(lookup, {
  Manager,
  Socket,
  io: lookup,
  connect: lookup,
});

function managerOf(key: string, path: string, source: string, options: IoOptions): Manager {
  const cached = managers.get(key);
  const isSeparate = options.forceNew || asked(options) || options.multiplex === false;
  if (isSeparate || (cached && path in cached.nsps)) return new Manager(source, options);
  if (cached) return cached;
  const manager = new Manager(source, options);
  managers.set(key, manager);
  return manager;
}

/** The spelling of `forceNew` before version 1.0, which upstream still honours. */
function asked(options: object): boolean {
  return !!(options as { readonly 'force new connection'?: unknown })['force new connection'];
}

/** Two users must not get the same connection, even one after the other in the same tab. */
function cacheKey(id: string, options: IoOptions): string {
  return isShared(options) ? JSON.stringify([id, options.app, options.scope]) : id;
}
