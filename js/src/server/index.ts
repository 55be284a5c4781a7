/**
 * For servers with socket.io: carries out once what clients send more than once.
 *
 * ```ts
 * import { deduplicate } from 'tabcast/server';
 *
 * deduplicate(io, { user: (socket) => socket.data.userId });
 * ```
 */
export { deduplicate, type DeduplicateOptions } from './deduplicate.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { RedisStore, type RedisClient, type RedisStoreOptions } from './redis-store.js';
export type { ServerSocket, SocketServer } from './socket-io.js';
export type { Answer, DeliveryStore, EmitKey, Seen } from './store.js';
