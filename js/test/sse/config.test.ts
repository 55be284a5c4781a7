import { describe, expect, it } from 'vitest';

import { configure, headerPairs } from '../../src/sse/config.js';
import type { EventsOptions, StreamHeaders } from '../../src/sse/types.js';

const URL = 'https://example.org/feed';

describe('configure', () => {
  it('has defaults for a plain stream', () => {
    expect(configure(URL, {})).toEqual({
      url: URL,
      method: 'GET',
      credentials: 'same-origin',
      retry: { baseMs: 1000, maxMs: 30_000, resetAfterMs: 10_000, maxAttempts: null },
      openTimeoutMs: 15_000,
      idle: { kind: 'learn' },
      limits: { lineBytes: 1_048_576, eventBytes: 1_048_576, typeBytes: 1024 },
      skipOversized: false,
      closeOnEnd: false,
      repeatable: true,
      freshHeaders: false,
      decidedByOwner: false,
      idPrefix: null,
      fetch: expect.any(Function) as unknown,
      share: null,
      pauseAfterMs: null,
    });
  });

  it('sends a POST once, unless told otherwise', () => {
    const { method, closeOnEnd, repeatable } = configure(URL, { body: '{}' });
    const retried = configure(URL, { body: '{}', retryPost: true, onEnd: 'reconnect' });

    expect({ method, closeOnEnd, repeatable }).toEqual({
      method: 'POST',
      closeOnEnd: true,
      repeatable: false,
    });
    expect([retried.closeOnEnd, retried.repeatable]).toEqual([false, true]);
  });

  it('knows all kinds of idle timeout', () => {
    const kinds = (['learn', false, 45_000] as const).map(
      (idleTimeout) => configure(URL, { idleTimeout }).idle,
    );

    expect(kinds).toEqual([{ kind: 'learn' }, { kind: 'off' }, { kind: 'fixed', ms: 45_000 }]);
  });

  it.each<[string, string, EventsOptions]>([
    ['http:// is not a URL', 'http://', {}],
    ['ftp: is not http or https', 'ftp://example.org/', {}],
    ['data: is not http or https', 'data:text/event-stream,', {}],
    ['a URL with a user name or password cannot be fetched', 'https://a:b@example.org/', {}],
    ['a URL with a user name or password cannot be fetched', 'https://a@example.org/', {}],
    ['a GET request has no body', URL, { method: 'get', body: 'x' }],
    ['a HEAD request has no body', URL, { method: 'HEAD', body: '' }],
    ['the header bad name cannot be sent', URL, { headers: { 'bad name': '1' } }],
    [
      'the header bad name cannot be sent',
      URL,
      { headers: { 'bad name': '1' }, share: { scope: 'ada' } },
    ],
    ['retry.base is not a positive number of milliseconds', URL, { retry: { base: 0 } }],
    ['retry.base is not a positive number of milliseconds', URL, { retry: { base: NaN } }],
    ['retry.base is not a positive number of milliseconds', URL, { retry: { base: -1 } }],
    ['retry.max is not a positive number of milliseconds', URL, { retry: { max: NaN } }],
    ['retry.max is less than retry.base', URL, { retry: { base: 2000, max: 1000 } }],
    ['retry.max is less than retry.base', URL, { retry: { max: 999, base: 1000 } }],
    ['retry.maxAttempts is less than 1', URL, { retry: { maxAttempts: 0 } }],
    ['retry.maxAttempts is less than 1', URL, { retry: { maxAttempts: NaN } }],
    ['maxEventBytes is less than 1', URL, { maxEventBytes: 0 }],
    ['maxQueue is less than 1', URL, { maxQueue: NaN }],
    ['openTimeout is not a positive number of milliseconds', URL, { openTimeout: -1 }],
    ['idleTimeout is not a positive number of milliseconds', URL, { idleTimeout: 0 }],
  ])('refuses what cannot be: %s', (reason, url, options) => {
    const message = `unable to open events; ${reason}`;

    expect(() => configure(url, options)).toThrow(
      expect.objectContaining({ code: 'invalid', message }),
    );
  });
});

describe('headerPairs', () => {
  it('takes headers in all forms', () => {
    const pairs = [
      { 'X-A': '1' },
      [['x-a', '1']] as [string, string][],
      new Headers({ 'x-a': '1' }),
    ];

    expect(pairs.map(headerPairs)).toEqual(Array(3).fill([['x-a', '1']]));
    expect(headerPairs(undefined)).toEqual([]);
    expect(headerPairs({ accept: 'Text/Event-Stream, */*' })).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['the header bad name cannot be sent', { 'x-ok': '1', 'bad name': '1' }],
    ['the header bad name cannot be sent', [['bad name', '1']]],
    ['the header  cannot be sent', { '': '1' }],
    ['the header x-a cannot be sent', { 'x-a': 'line\nbreak' }],
    ['the header x-a cannot be sent', { 'x-a': 'a\0b' }],
    ['the header x-a cannot be sent', { 'x-a': 'a\u0001b' }],
    ['the header x-a cannot be sent', new Headers({ 'x-a': 'a\u007fb' })],
    ['the header x-a cannot be sent', { 'x-a': '…' }],
    ['the header x-a cannot be sent', [['x-a']]],
    ['what is given for headers cannot be sent', 7],
    ['Last-Event-ID is set by the stream; use the option lastEventId', { 'Last-Event-ID': '1' }],
    [
      'an Accept header without text/event-stream asks for something else',
      { accept: 'application/json' },
    ],
  ])('refuses what no request can have: %s', (reason, headers) => {
    const message = `unable to open events; ${reason}`;

    expect(() => headerPairs(headers as HeadersInit as StreamHeaders)).toThrow(
      expect.objectContaining({ code: 'invalid', message }),
    );
  });

  it('takes any other character of a byte string', () => {
    expect(headerPairs({ 'x-a': 'a\tb é\u00ff' })).toEqual([['x-a', 'a\tb é\u00ff']]);
  });
});
