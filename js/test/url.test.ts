import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { io as referenceIo, WebSocket as ReferenceTransport } from 'socket.io-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConnectionConfig } from '../src/core/connection.js';
import {
  connectionConfig,
  connectionSettings,
  type ManagerOptions,
} from '../src/socket/options.js';
import { scopeName } from '../src/socket/scope.js';
import { resolveNamespace, type PageLocation } from '../src/socket/url.js';

const require = createRequire(import.meta.url);
const { url: referenceUrl } = require(
  join(dirname(require.resolve('socket.io-client')), 'url.js'),
) as {
  url(uri: string | undefined, path: string, location: PageLocation): Record<string, string>;
};

const PAGE: PageLocation = {
  protocol: 'https:',
  host: 'page.test:8443',
  hostname: 'page.test',
  port: '8443',
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the namespace and the id of an address', () => {
  const expectSame = (uri: string | undefined): void => {
    const { source, path, id } = referenceUrl(uri, '/socket.io', PAGE);
    expect(resolveNamespace(uri, '/socket.io', PAGE)).toEqual({ source, path, id });
  };

  test.each([
    [undefined],
    [''],
    ['/'],
    ['/admin'],
    ['/admin?token=1'],
    ['//other.test'],
    ['//other.test/ns'],
    ['other.test'],
    ['other.test:3000/ns'],
    ['http://h.test'],
    ['http://h.test:80'],
    ['http://h.test/'],
    ['https://h.test:443/a/b'],
    ['ws://h.test/ns'],
    ['wss://h.test:9/ns?a=b=c#x'],
    ['http://user:secret@h.test:3000/ns'],
    ['http://user@h.test/ns'],
    ['http://[::1]:3000/ns'],
    ['http://[2001:db8::1]'],
    ['http://h.test/a.b/c.d'],
    ['http://h.test//double//slash/'],
    ['http://h.test/ns#anchor?no'],
    ['http://h.test/%F0%9F%92%A9/ü'],
    ['HTTP://h.test/ns'],
    ['ftp://h.test/ns'],
  ])('of_%s_are_those_of_the_reference', (uri) => {
    expectSame(uri);
  });

  test('of_random_addresses_are_those_of_the_reference', () => {
    const pieces = [
      'http://',
      'wss://',
      'h.test',
      'a',
      '/',
      '.',
      ':',
      '3000',
      '?',
      'x=1',
      '&',
      '#',
      '@',
    ];
    let seed = 1;
    const next = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };

    for (let round = 0; round < 5000; round++) {
      const length = 1 + next(8);
      expectSame(Array.from({ length }, () => pieces[next(pieces.length)]).join(''));
    }
  });

  test('an_address_that_is_too_long_is_refused', () => {
    expect(() => resolveNamespace(`http://h.test/${'a'.repeat(8000)}`, '', PAGE)).toThrow(
      expect.objectContaining({ code: 'invalid', message: 'URI too long' }),
    );
  });

  test('outside_a_page_a_relative_address_is_refused', () => {
    expect(() => resolveNamespace('/admin', '', undefined)).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
    expect(resolveNamespace('h.test/a', '', undefined).id).toBe('https://h.test:443');
  });
});

describe('the address of the WebSocket', () => {
  type Options = Partial<ManagerOptions>;

  /** What the reference opens its WebSocket with. */
  function referenceWebSocket(uri: string | undefined, options: Options): string {
    const opened: string[] = [];
    class Transport extends ReferenceTransport {
      override createSocket(address: string): Record<string, unknown> {
        opened.push(address);
        return { close: () => undefined };
      }
    }
    const socket = referenceIo(uri ?? 'https://page.test:8443', {
      ...(options as object),
      transports: [Transport as never],
      forceNew: true,
      reconnection: false,
    });
    socket.disconnect();
    return opened[0] ?? '';
  }

  /** What the core makes of the address, for a WebSocket. */
  const ours = (uri: string | undefined, options: Options): string => {
    const { url } = connectionConfig(uri, options, connectionSettings(options));
    return `${url.replace(/^http/, 'ws')}&transport=websocket`;
  };

  test.each<[string, Options]>([
    ['http://h.test', {}],
    ['http://h.test:80/admin', {}],
    ['https://h.test:443', {}],
    ['https://h.test:3000/ns?a=b=c&d', {}],
    ['ws://h.test', { query: { token: 'ü &=', n: 1 } }],
    ['http://h.test', { query: 'a=1&b=x%20y' }],
    ['http://h.test?a=1', { query: { b: '2' } }],
    ['http://[::1]:3000', {}],
    ['http://h.test', { path: '/my/path/' }],
    ['http://h.test', { path: '/my/path', addTrailingSlash: false }],
    ['https://h.test', { port: 99, secure: false }],
    ['http://h.test', { query: { EIO: '3', transport: 'x' } }],
  ])('of_%s_%j_is_that_of_the_reference', (uri, options) => {
    expect(ours(uri, options)).toBe(referenceWebSocket(uri, { ...options }));
  });

  test('without_an_address_it_is_the_page', () => {
    vi.stubGlobal('location', PAGE);

    expect(ours(undefined, {})).toBe('wss://page.test:8443/socket.io/?EIO=4&transport=websocket');
  });

  test('the_options_name_the_host_where_no_address_does', () => {
    vi.stubGlobal('location', PAGE);

    expect(ours(undefined, { host: 'h.test', secure: false, port: 81 })).toBe(
      'ws://h.test:81/socket.io/?EIO=4&transport=websocket',
    );
    expect(ours(undefined, { hostname: 'h.test' })).toBe(
      'wss://h.test/socket.io/?EIO=4&transport=websocket',
    );
  });

  test('a_percent_sign_that_is_no_escape_is_kept', () => {
    expect(ours('http://h.test?a=100%', {})).toBe(
      'ws://h.test/socket.io/?a=100%25&EIO=4&transport=websocket',
    );
  });
});

describe('the configuration of a connection', () => {
  const config = (options: Partial<ManagerOptions>): ConnectionConfig =>
    connectionConfig('http://h.test', options, connectionSettings(options));
  const URL = 'http://h.test/socket.io/?EIO=4';

  test('has_the_defaults_of_the_reference', () => {
    expect(config({})).toEqual({
      url: URL,
      transports: ['polling', 'websocket'],
      upgrade: true,
      tryAllTransports: false,
      rememberUpgrade: false,
      websocketWorks: false,
      polling: {
        timestamp: 't',
        base64: false,
        headers: [],
        withCredentials: false,
        requestTimeout: 0,
      },
      websocket: { timestamp: null, base64: false, protocols: [] },
      reconnection: true,
      reconnectionAttempts: null,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 5000,
      randomizationFactor: 0.5,
      timeout: 20000,
      connectTimeout: 45_000,
      maxAttachments: 10,
      maxPending: 100_000,
      maxPendingSize: 268_435_456,
      dropOldest: false,
      share: null,
    });
  });

  test('takes_zero_where_the_reference_takes_it', () => {
    expect(
      config({
        reconnectionAttempts: 0,
        reconnectionDelay: 0,
        reconnectionDelayMax: 0,
        randomizationFactor: 0,
        timeout: 0,
      }),
    ).toMatchObject({
      reconnectionAttempts: null,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 5000,
      randomizationFactor: 0,
      timeout: 0,
    });
    expect(config({ timeout: false })).toMatchObject({ timeout: null });
  });

  test('is_shared_only_with_a_scope', () => {
    expect(config({ shared: true })).toMatchObject({ share: null });
    expect(config({ scope: 'u1' })).toMatchObject({ share: null });
    expect(config({ shared: true, scope: 'u1' })).toMatchObject({
      share: {
        scope: scopeName('app', URL, 'u1'),
        stealAfter: 1500,
        stealPause: 30_000,
        yieldHiddenAfter: null,
      },
    });
  });

  test('says_when_a_hung_tab_is_replaced', () => {
    const share = (tabs: object): unknown =>
      (config({ shared: true, scope: 'u1', tabs }) as { share: unknown }).share;

    expect(share({ stealAfter: 3000, stealPause: 0 })).toMatchObject({
      stealAfter: 3000,
      stealPause: 0,
    });
    expect(share({ stealAfter: 1 })).toMatchObject({ stealAfter: 500 });
    expect(share({ stealAfter: false })).toMatchObject({ stealAfter: null });
    expect(share({ stealAfter: Infinity })).toMatchObject({ stealAfter: null });
  });
});

describe('the name of a scope', () => {
  const URL = 'https://h.test/socket.io/?room=1&EIO=4';

  test('differs_by_app_server_user_and_query', () => {
    const names = [
      scopeName('app', URL, 'u1'),
      scopeName('app2', URL, 'u1'),
      scopeName('app', URL, 'u2'),
      scopeName('app', URL.replace('h.test', 'i.test'), 'u1'),
      scopeName('app', URL.replace('room=1', 'room=2'), 'u1'),
    ];

    expect(new Set(names).size).toBe(names.length);
  });

  test('takes_names_of_parameters_that_cannot_be_decoded_as_they_are', () => {
    const names = ['%', '%25', '%E0%A4'].map((name) => scopeName('app', `${URL}&${name}=1`, 'u1'));

    expect(new Set(names).size).toBe(3);
  });

  test('cannot_be_forged_with_separators', () => {
    expect(scopeName('a","b', URL, 'c')).not.toBe(scopeName('a', URL, 'b","c'));
    expect(scopeName('a', `${URL}","u`, '1')).not.toBe(scopeName('a', URL, 'u","1'));
  });

  test.each(['token', 'access_token', 'accessToken', 'auth', 'jwt', 'sid', 'apiKey'])(
    'is_the_same_whatever_the_%s',
    (name) => {
      const first = scopeName('app', `${URL}&${name}=one`, 'u1');
      const second = scopeName('app', `${URL}&${name}=two`, 'u1');

      expect(second).toBe(first);
      expect(first).not.toContain('one');
    },
  );

  test('does_not_depend_on_the_order_of_the_query', () => {
    const first = scopeName('app', 'wss://h.test/?a=1&b=2', 'u1');
    const second = scopeName('app', 'wss://h.test/?b=2&a=1', 'u1');

    expect(second).toBe(first);
  });
});
