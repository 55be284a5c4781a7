import { io as reference } from 'socket.io-client';
import { beforeEach, expect, test, vi } from 'vitest';
import { io, Manager, Socket, type IoOptions } from '../src/index.js';
import { script } from './support/core.js';

let site = 0;

beforeEach(() => {
  script.reset();
  // Both caches live as long as their module: each test gets a server of its own.
  site += 1;
});

/** Calls of `io()`; `SITE` in an address stands for a server that no other test uses. */
type Calls = [uri: string, options?: IoOptions & { 'force new connection'?: boolean }][];

/** For each call, the number of the Manager that its Socket belongs to, in order of appearance. */
function managersOf(
  connect: (uri: string, options: object) => { readonly io: object },
  calls: Calls,
): number[] {
  const managers: object[] = [];
  return calls.map(([uri, options]) => {
    const socket = connect(uri.replace('SITE', `s${site}.test`), {
      autoConnect: false,
      ...options,
    });
    if (!managers.includes(socket.io)) managers.push(socket.io);
    return managers.indexOf(socket.io);
  });
}

test.each<[string, Calls]>([
  ['two_namespaces', [['http://SITE/a'], ['http://SITE/b']]],
  ['one_namespace_twice', [['http://SITE/a'], ['http://SITE/a'], ['http://SITE/b']]],
  ['force_new', [['http://SITE/a'], ['http://SITE/b', { forceNew: true }], ['http://SITE/c']]],
  ['no_multiplex', [['http://SITE/a', { multiplex: false }], ['http://SITE/b']]],
  ['the_old_spelling', [['http://SITE/a'], ['http://SITE/b', { 'force new connection': true }]]],
  ['paths', [['http://SITE/a'], ['http://SITE/b', { path: '/other' }]]],
  ['the_default_path', [['http://SITE/a'], ['http://SITE/b', { path: '/socket.io' }]]],
  ['ports', [['http://SITE/a'], ['http://SITE:80/b'], ['http://SITE:81/c']]],
  ['protocols', [['http://SITE/a'], ['ws://SITE/b'], ['https://SITE/c']]],
  ['queries', [['http://SITE/a?x=1'], ['http://SITE/b?x=2']]],
])('with_%s_managers_are_cached_as_by_the_reference', (_, calls) => {
  const expected = managersOf(reference as never, calls);

  const actual = managersOf(io, calls);

  expect(actual).toEqual(expected);
});

test('a_disconnected_namespace_still_counts_as_used', () => {
  const uri = `http://s${site}.test`;
  const first = io(uri, { autoConnect: false });
  first.disconnect();

  const second = io(uri, { autoConnect: false });

  expect(second.io).not.toBe(first.io);
});

test('users_do_not_get_the_connection_of_each_other', () => {
  const shared = (scope: string): IoOptions => ({ shared: true, scope, autoConnect: false });

  const managers = managersOf(io, [
    ['http://SITE/a', shared('u1')],
    ['http://SITE/b', shared('u1')],
    ['http://SITE/c', shared('u2')],
    ['http://SITE/d', { ...shared('u1'), app: 'other' }],
    ['http://SITE/e'],
  ]);

  expect(managers).toEqual([0, 0, 1, 2, 3]);
});

test('options_may_come_first_and_the_page_is_the_server', () => {
  vi.stubGlobal('location', { protocol: 'https:', host: `s${site}.test`, port: '' });

  const socket = io({ autoConnect: false, timeout: 5 });

  expect(socket.nsp).toBe('/');
  expect(socket.io.opts).toMatchObject({ timeout: 5 });
  expect(io(`https://s${site}.test/other`, { autoConnect: false }).io).toBe(socket.io);
  vi.unstubAllGlobals();
});

test('the_namespace_is_the_path_and_the_query_goes_to_the_connection', async () => {
  const socket = io(`http://s${site}.test/admin?a=1`);
  await expect.poll(() => script.connections.length).toBe(1);

  expect(socket.nsp).toBe('/admin');
  expect(script.connection.config.url).toBe(`http://s${site}.test/socket.io/?a=1&EIO=4`);
  expect(script.connection.calls).toEqual([['open'], ['connect', 0, '/admin']]);
});

test('the_function_carries_what_the_reference_carries', () => {
  const members = { ...io };

  expect(Object.keys(members)).toEqual(Object.keys(reference));
  expect(members).toEqual({ Manager, Socket, io: io.io, connect: io.io });
});
