export { openEvents } from './open-events.js';
export type {
  AnySSEEvent,
  Attempt,
  Decode,
  EventFeed,
  EventMap,
  EventName,
  EventsOptions,
  SSEEvent,
  StreamEnd,
  StreamFailure,
  StreamHeaders,
  StreamProblem,
  StreamState,
} from './types.js';
