export { EventSource, type EventSourceOptions } from './event-source.js';
export { openEvents } from './open-events.js';
export type {
  AnySSEEvent,
  Attempt,
  Decode,
  EventFeed,
  EventMap,
  EventName,
  EventsOptions,
  ShareOptions,
  SSEEvent,
  StreamEnd,
  StreamFailure,
  StreamHeaders,
  StreamProblem,
  StreamState,
} from './types.js';
