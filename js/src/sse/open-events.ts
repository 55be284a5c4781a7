import { Feed } from './feed.js';
import type { EventFeed, EventMap, EventsOptions } from './types.js';

/**
 * Opens a stream of server-sent events that survives server restarts, lost networks and expired
 * tokens.
 *
 * It can be used at once: handlers and iterations may be set up before the core is loaded. What the
 * server sends (`on`, `onEvent`, `for await`) and what happens to the stream (`onState`,
 * `onFailure`, `onProblem`, `closed`) are told apart, so an event named `error` is just an event.
 *
 * ```ts
 * const es = openEvents<{ update: Update }>('/api/feed', {
 *   headers: async () => ({ authorization: `Bearer ${await token()}` }),
 *   decode: { update: JSON.parse },
 * });
 * es.on('update', (event) => show(event.data));
 * ```
 *
 * @throws {@link TabcastError} `invalid`, naming the option that cannot be.
 */
export function openEvents<Feeds extends EventMap = Record<string, string>>(
  url: string | URL,
  options: EventsOptions<Feeds> = {},
): EventFeed<Feeds> {
  return new Feed<Feeds>(url, options);
}
