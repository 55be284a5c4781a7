'use client';

export type { SocketSnapshot, SocketStatus } from './internal/shared-socket.js';
export type { EmitArgs, TypedSocket } from './internal/socket-handle.js';
export { RealtimeProvider, useRealtimeClient, type RealtimeProviderProps } from './provider.js';
export { useSocket, type UseSocketOptions, type UseSocketResult } from './use-socket.js';
export { useSocketEvent } from './use-socket-event.js';
export { useSSE, type UseSSEOptions, type UseSSEResult } from './use-sse.js';
export { useTabs } from './use-tabs.js';
export { useTabsFlow } from './use-tabs-flow.js';
export { TypingIndicator, type TypingIndicatorProps } from './typing-indicator.js';
export { useConnectionStatus, type UseConnectionStatus } from './use-connection-status.js';
export { useMyPresence, usePresence, type UseMyPresence } from './use-presence.js';
export {
  useRealtimeChat,
  type UseRealtimeChat,
  type UseRealtimeChatOptions,
} from './use-realtime-chat.js';
export { useRoom } from './use-room.js';
export { useTyping, type UseTyping } from './use-typing.js';
export { UserPresence, type UserPresenceProps } from './user-presence.js';
