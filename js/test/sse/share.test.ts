import { describe, expect, it } from 'vitest';

import { configure } from '../../src/sse/config.js';
import { initialTabs } from '../../src/sse/share.js';
import type { EventsOptions } from '../../src/sse/types.js';

const URL = 'https://example.org/feed';

const name = (options: EventsOptions, url = URL) =>
  configure(url, { share: { scope: 'ada' }, ...options }).share?.scope;

describe('what tabs share', () => {
  it('is a stream of the same request and user', () => {
    expect(name({})).toBe(name({}));
    expect(name({ body: 'a', retryPost: true })).toBe(name({ body: 'a', retryPost: true }));
  });

  it.each<[string, EventsOptions, string?]>([
    ['user', { share: { scope: 'bob' } }],
    ['app', { share: { scope: 'ada', app: 'admin' } }],
    ['key', { share: { scope: 'ada', key: 'tenant 7' } }],
    ['URL', {}, `${URL}?room=7`],
    ['method', { method: 'HEAD' }],
    ['body', { body: 'a', retryPost: true }],
    ['header', { headers: { 'accept-language': 'de' } }],
  ])('is told apart by %s', (_, options, url) => {
    expect(name(options, url)).not.toBe(name({}));
  });

  it.each<[string, EventsOptions, string?]>([
    ['in the URL', {}, `${URL}?access_token=secret`],
    ['in a header', { headers: { authorization: 'Bearer secret' } }],
    ['of a hook', { headers: () => ({ authorization: 'Bearer secret' }) }],
  ])('is the same with another token %s, and shows none', (_, options, url) => {
    expect(name(options, url)?.replace('?', '')).toBe(name({})?.replace('?', ''));
  });

  it('shows nothing of a body', () => {
    expect(name({ body: 'secret', retryPost: true })).not.toContain('secret');
  });

  it('is nothing without a user, and the status says so', () => {
    expect(configure(URL, { share: { scope: undefined } }).share).toBeNull();
    expect(initialTabs({ scope: '' })).toMatchObject({ role: 'solo', sharing: 'no scope' });
    expect(initialTabs(undefined)).toMatchObject({ role: 'solo', sharing: 'off' });
    expect(initialTabs({ scope: 'ada' })).toMatchObject({ role: 'joining', sharing: 'on' });
  });

  it.each<[string, EventsOptions]>([
    ['that must not be repeated', { method: 'POST' }],
    ['whose body is no text', { body: new Blob(['a']), retryPost: true }],
  ])('is not a request %s', (_, options) => {
    expect(() => name(options)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('has as many events for tabs that join as the app asks for', () => {
    const share = (replay?: number) =>
      configure(URL, { share: { scope: 'ada', ...(replay && { replay }) } }).share?.replay;

    expect([share(), share(20)]).toEqual([0, 20]);
  });
});
