import { beforeEach, expect, test, vi } from 'vitest';
import type * as SocketModule from '../src/socket/manager.js';
import type * as Core from './support/core.js';
import { logged } from './support/connect.js';

let Manager: typeof SocketModule.Manager;
let script: typeof Core.script;

beforeEach(async () => {
  vi.resetModules();
  ({ Manager } = await import('../src/socket/manager.js'));
  ({ script } = await import('./support/core.js'));
});

test('what_was_called_before_the_core_was_there_takes_effect_in_order', async () => {
  const manager = new Manager('http://h.test');
  const socket = manager.socket('/a');
  socket.emit('first', 1).volatile.emit('dropped').emit('second');
  manager.setInterest('room', true);
  socket.disconnect().connect();

  await vi.waitFor(() => script.connection);

  expect(script.connection.calls).toEqual([
    ['open'],
    ['connect', 0, '/a'],
    ['emit', 0, 0, '["first",1]', undefined, false, false, -1],
    ['emit', 0, 1, '["second"]', undefined, false, false, -1],
    ['setInterest', 'room', true],
    ['disconnect', 0],
    ['close'],
    ['open'],
    ['connect', 0, '/a'],
  ]);
});

test('what_listeners_call_while_that_happens_comes_after_it', async () => {
  const manager = new Manager('http://h.test');
  const socket = manager.socket('/a');
  manager.on('open', () => socket.emit('from a listener'));
  manager.setInterest('room', true);
  socket.emit('before');
  const { Connection } = await import('./support/core.js');
  vi.spyOn(Connection.prototype, 'setInterest').mockImplementationOnce(function (this: unknown) {
    (this as InstanceType<typeof Connection>).sink.opened('engine-1', 'websocket');
  });

  await vi.waitFor(() => script.connection);

  expect(script.connection.calls.map(([name, , , json]) => json ?? name)).toEqual([
    'open',
    'connect',
    '["before"]',
    '["from a listener"]',
  ]);
});

test('the_wait_for_the_core_counts_for_the_timeout_of_an_acknowledgement', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
  const socket = new Manager('http://h.test').socket('/');
  socket.timeout(500).emit('a', () => undefined);
  socket.timeout(100).emit('b', () => undefined);
  now.mockReturnValue(1200.5);

  await vi.waitFor(() => script.connection);
  now.mockRestore();

  expect(script.connection.calls.slice(2).map((call) => call.at(-1))).toEqual([300, 0]);
});

test('a_core_that_cannot_be_loaded_is_told_everywhere', async () => {
  const failure = new TypeError('Failed to fetch');
  script.failures = [failure];
  const opened = vi.fn();
  const manager = new Manager('http://h.test', { autoConnect: false });
  const socket = manager.socket('/');
  const log = logged(manager, socket);
  const callback = vi.fn();
  manager.open(opened);
  socket.connect();
  socket.timeout(1000).emit('a', callback);
  const promise = socket.emitWithAck('b').catch((reason: unknown) => reason);

  await vi.waitFor(() => expect(log).toHaveLength(2));

  const error = expect.objectContaining({ code: 'wasm_load', cause: failure });
  expect(log).toEqual([
    ['connect_error', error],
    ['io.error', error],
  ]);
  expect(opened.mock.calls).toEqual([[error]]);
  expect(callback.mock.calls).toEqual([[error]]);
  expect(await promise).toEqual(error);
  expect([socket.active, manager.engine?.readyState]).toEqual([true, 'closed']);
});

test('after_that_connect_tries_again_and_sends_what_still_waits', async () => {
  script.failures = [new TypeError('Failed to fetch')];
  const manager = new Manager('http://h.test');
  const socket = manager.socket('/');
  const log = logged(manager, socket);
  socket.emit('kept');
  void socket.emitWithAck('failed').catch(() => undefined);
  await vi.waitFor(() => expect(log).toHaveLength(2));

  socket.connect();
  await vi.waitFor(() => script.connection);

  expect(script.connection.calls).toEqual([
    ['open'],
    ['connect', 0, '/'],
    ['emit', 0, 0, '["kept"]', undefined, false, false, -1],
    ['open'],
  ]);
});

test('a_connection_that_cannot_be_made_is_told_with_a_typed_error', async () => {
  const failure = new Error('bad configuration');
  script.refuse = failure;
  const manager = new Manager('http://h.test');
  const log = logged(manager, manager.socket('/'));

  await vi.waitFor(() => expect(log).toHaveLength(2));

  expect(log[0]).toEqual([
    'connect_error',
    expect.objectContaining({ code: 'internal', cause: failure }),
  ]);
});
