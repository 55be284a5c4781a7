import { TabcastError } from '../errors.js';
import { shareConfig } from './share.js';
import { gathering } from './gather.js';
import type { EventMap, EventsOptions, StreamHeaders } from './types.js';
import type { StreamConfig } from './wire.js';

/**
 * Fills in the defaults.
 *
 * @throws {@link TabcastError} `invalid`, naming the option that cannot be.
 */
export function configure<Feed extends EventMap>(
  url: string | URL,
  options: EventsOptions<Feed>,
): StreamConfig {
  const { body, retry = {}, idleTimeout = 'learn', maxEventBytes = 1 << 20 } = options;
  const method = (options.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase();
  const safe = method === 'GET' || method === 'HEAD';
  if (safe && body !== undefined) throw invalid(`a ${method} request has no body`);
  // A hook is asked later; what is given at once is checked at once.
  if (typeof options.headers !== 'function') headerPairs(options.headers);
  const base = duration('retry.base', retry.base ?? 1000);
  const max = duration('retry.max', retry.max ?? Math.max(base, 30_000));
  if (max < base) throw invalid('retry.max is less than retry.base');
  const { maxAttempts = Infinity } = retry;
  atLeastOne('retry.maxAttempts', maxAttempts);
  atLeastOne('maxEventBytes', maxEventBytes);
  atLeastOne('maxQueue', options.maxQueue ?? 1);
  const repeatable = safe || options.retryPost === true;
  const target = resolve(url);
  return {
    url: target,
    method,
    credentials: options.credentials ?? 'same-origin',
    retry: {
      baseMs: base,
      maxMs: max,
      resetAfterMs: duration('retry.resetAfter', retry.resetAfter ?? 10_000),
      maxAttempts: maxAttempts < MAX_U32 ? Math.floor(maxAttempts) : null,
    },
    openTimeoutMs: duration('openTimeout', options.openTimeout ?? 15_000),
    idle: idle(idleTimeout),
    limits: { lineBytes: maxEventBytes, eventBytes: maxEventBytes, typeBytes: 1024 },
    skipOversized: options.skipOversized ?? false,
    closeOnEnd: (options.onEnd ?? (safe ? 'reconnect' : 'close')) === 'close',
    repeatable,
    freshHeaders: typeof options.headers === 'function',
    decidedByOwner: retry.decide !== undefined,
    idPrefix:
      options.lastEventIdParam === undefined ? null : idPrefix(target, options.lastEventIdParam),
    fetch: gathering(options.fetch ?? ((request) => fetch(request))),
    share: shareConfig(target, method, options, repeatable),
    pauseAfterMs: options.hidden ? duration('hidden.pauseAfter', options.hidden.pauseAfter) : null,
  };
}

/**
 * Headers as the core takes them.
 *
 * @throws {@link TabcastError} `invalid` if no request can have them.
 */
export function headerPairs(headers: StreamHeaders | undefined): [string, string][] {
  let pairs: [string, string][];
  try {
    pairs = [...new Headers(headers as HeadersInit | undefined)];
  } catch (cause) {
    throw invalid(`${faulty(headers)} cannot be sent`, cause);
  }
  // RFC 9110 5.5: browsers send them, and servers refuse the whole request.
  const control = pairs.find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value));
  if (control) throw invalid(`the header ${control[0]} cannot be sent`);
  if (pairs.some(([name]) => name === 'last-event-id')) {
    throw invalid('Last-Event-ID is set by the stream; use the option lastEventId');
  }
  if (pairs.some(([name, value]) => name === 'accept' && !/text\/event-stream/i.test(value))) {
    throw invalid('an Accept header without text/event-stream asks for something else');
  }
  return pairs;
}

/** Names the header that no request can have: browsers do not. */
function faulty(headers: unknown): string {
  const given = Object(headers) as Iterable<[string, string]> | Record<string, string>;
  for (const pair of Symbol.iterator in given ? given : Object.entries(given)) {
    try {
      new Headers([pair]);
    } catch {
      return `the header ${pair?.[0]}`;
    }
  }
  return 'what is given for headers';
}

function resolve(url: string | URL): string {
  const base = typeof location === 'object' ? location.href : undefined;
  let resolved: URL;
  try {
    resolved = new URL(url, typeof document === 'object' ? document.baseURI : base);
  } catch (cause) {
    throw invalid(`${String(url)} is not a URL`, cause);
  }
  if (!/^https?:$/.test(resolved.protocol))
    throw invalid(`${resolved.protocol} is not http or https`);
  if (resolved.username || resolved.password) {
    throw invalid('a URL with a user name or password cannot be fetched');
  }
  // It is never sent, and a query may be put behind the rest.
  resolved.hash = '';
  return resolved.href;
}

/** Where the last event ID is appended to a URL without a fragment. */
function idPrefix(url: string, name: string): string {
  return `${url.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=`;
}

function idle(timeout: 'learn' | number | false): StreamConfig['idle'] {
  if (timeout === 'learn') return { kind: 'learn' };
  if (timeout === false) return { kind: 'off' };
  return { kind: 'fixed', ms: duration('idleTimeout', timeout) };
}

function duration(name: string, ms: number): number {
  if (!(ms > 0)) throw invalid(`${name} is not a positive number of milliseconds`);
  return ms;
}

function atLeastOne(name: string, number: number): void {
  if (!(number >= 1)) throw invalid(`${name} is less than 1`);
}

function invalid(reason: string, cause?: unknown): TabcastError {
  return new TabcastError('invalid', `unable to open events; ${reason}`, { cause });
}

const MAX_U32 = 0xffffffff;
