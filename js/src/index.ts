import { loadChatCore } from './chat/load.js';
import type { CoreSource } from './core/connection.js';
import { loadCore as load } from './core/load.js';

export * from './chat/index.js';
export type { CoreSource, TabRole } from './core/connection.js';
export * from './sse/index.js';
export {
  DeliveryUnknown,
  TabcastError,
  type TabcastErrorCode,
  type TabcastErrorOptions,
} from './errors.js';
export type { Delivery } from './socket/delivery.js';
export type {
  AckValue,
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventParams,
  EventsMap,
} from './socket/events.js';
export { io, io as connect, io as default, type IoOptions } from './socket/io.js';
export type {
  Engine,
  EngineEvents,
  EngineHandshake,
  EnginePacket,
  EngineState,
  EngineTransport,
} from './socket/engine.js';
export { Manager, type ManagerReservedEvents } from './socket/manager.js';
export type { Parser, ParserPacket } from './socket/codec.js';
export type { Debug } from './socket/debug.js';
export type { TabsInspection } from './socket/inspection.js';
export type { Auth, ManagerOptions, SocketOptions, TabsOptions } from './socket/options.js';
export type { DisconnectDescription, DisconnectReason, TransportError } from './socket/reasons.js';
export { Socket, type SocketReservedEvents } from './socket/socket.js';
export type { TabsState } from './socket/tabs.js';
export {
  Fetch,
  NodeWebSocket,
  NodeXHR,
  WebSocket,
  WebTransport,
  XHR,
  type RequestOptions,
  type TransportConstructor,
  type TransportName,
  type TransportOptions,
} from './socket/transports.js';
export type { Subscribable } from './subscribable.js';

/** Version of the Socket.IO protocol. */
export const protocol = 5;

/**
 * Loads the WebAssembly core, once.
 *
 * Not needed normally: the first connection does it. Call it to load early, or before everything
 * else to say where the wasm lies: a URL, a `Response`, bytes, or a compiled module.
 *
 * @throws {@link TabcastError} `wasm_csp` if a Content Security Policy forbids WebAssembly,
 * `wasm_load` (with `cause`) if it cannot be had for another reason.
 */
export async function loadCore(source?: CoreSource): Promise<void> {
  await load(source);
}

/**
 * Loads the WebAssembly of the chat, once, as {@link loadCore} loads the rest.
 *
 * Not needed normally: `createClient()` does it when something of the client is used.
 *
 * @throws {@link TabcastError} as `loadCore`
 */
export async function loadChat(source?: CoreSource): Promise<void> {
  await loadChatCore(source);
}
