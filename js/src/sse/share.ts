import { scopeName } from '../socket/scope.js';
import type { TabsState } from '../socket/tabs.js';
import { TabcastError } from '../errors.js';
import type { EventMap, EventsOptions, ShareOptions } from './types.js';
import type { StreamConfig } from './wire.js';

type Requested = Pick<EventsOptions<EventMap>, 'body' | 'headers' | 'share'>;

/**
 * What tabs have to agree on to share a stream; `null` if it is for this tab alone.
 *
 * @throws {@link TabcastError} `invalid` if another tab could not make the same request.
 */
export function shareConfig(
  url: string,
  method: string,
  options: Requested,
  repeatable: boolean,
): StreamConfig['share'] {
  const { share } = options;
  if (!isShared(share)) return null;
  if (!repeatable) {
    throw invalid('a tab that takes over makes the request again: set retryPost');
  }
  return { scope: streamName(url, method, options), replay: Math.max(0, share.replay ?? 0) };
}

/** Names a stream: same name, same events. Secrets are no part of it. */
export function streamName(url: string, method: string, options: Requested): string {
  const { app = 'app', key = '', scope } = options.share ?? {};
  const parts = ['sse', method, digest(bodyText(options)), digest(headerText(options)), key];
  return scopeName(app, url, JSON.stringify([...parts, scope ?? '']));
}

/** How a stream is shared before the core says more. */
export function initialTabs(share: ShareOptions | undefined): TabsState {
  const sharing = isShared(share) ? 'on' : share ? 'no scope' : 'off';
  const role = sharing === 'on' ? 'joining' : 'solo';
  return { role, tabId: '', leaderId: null, count: 1, visibleTabs: 1, term: 0, sharing };
}

function isShared(share: ShareOptions | undefined): share is ShareOptions & { scope: string } {
  return !!share?.scope;
}

function bodyText({ body, share }: Requested): string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body);
  if (isShared(share)) throw invalid('whether two bodies are the same can be told of text only');
  return '';
}

/** Fixed headers, but for those that name the user: they change without the stream being another. */
function headerText({ headers }: Requested): string {
  if (headers === undefined || typeof headers === 'function') return '';
  const pairs = [...new Headers(headers as HeadersInit)];
  const telling = pairs.filter(([name]) => !CREDENTIAL.test(name));
  return telling.map((pair) => pair.join(': ')).join('\n');
}

/** Tells texts apart without showing them: 64 bits of FNV-1a. */
function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 13), 0x01000193);
  }
  return (high >>> 0).toString(36) + (low >>> 0).toString(36);
}

function invalid(reason: string): TabcastError {
  return new TabcastError('invalid', `unable to share events; ${reason}`);
}

const CREDENTIAL = /auth|cookie|token|secret|key|session/i;
