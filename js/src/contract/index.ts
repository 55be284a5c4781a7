/**
 * The wire contract between a chat client and its server, version 1.
 *
 * Types and a few constants: no DOM, no wasm, no dependencies, for both sides.
 */
export * from './envelope.js';
export * from './events.js';
export * from './http.js';
export * from './limits.js';
export * from './presence.js';
export * from './room.js';
