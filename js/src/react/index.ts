'use client';

export type { SocketClient } from './internal/client.js';
export type { SocketSnapshot, SocketStatus } from './internal/shared-socket.js';
export type { EmitArgs, TypedSocket } from './internal/socket-handle.js';
export { RealtimeProvider, useRealtimeClient, type RealtimeProviderProps } from './provider.js';
export { useSocket, type UseSocketOptions, type UseSocketResult } from './use-socket.js';
export { useSocketEvent } from './use-socket-event.js';
export { useTabs } from './use-tabs.js';
