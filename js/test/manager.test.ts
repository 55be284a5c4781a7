import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Parser } from '../src/socket/codec.js';
import { Manager } from '../src/socket/manager.js';
import type { ManagerOptions } from '../src/socket/options.js';
import { connected, connecting, logged, type Setup } from './support/connect.js';
import { script } from './support/core.js';

const error = (code: string, message: string): unknown =>
  expect.objectContaining({ name: 'TabcastError', code, message });

beforeEach(() => {
  script.reset();
});

/** The options of `socket.io-client` that types do not offer. */
function withOption(name: string, value: unknown): Partial<ManagerOptions> {
  return { autoConnect: false, [name]: value };
}

type Core = Setup['core'];

describe('opening', () => {
  test('happens_by_itself_unless_auto_connect_is_off', async () => {
    const idle = new Manager('http://idle.test', { autoConnect: false });
    idle.socket('/');
    new Manager('http://h.test');

    await vi.waitFor(() => script.connection);

    expect(script.connections.map(({ config, calls }) => [config.url, calls])).toEqual([
      ['http://h.test/socket.io/?EIO=4', [['open']]],
    ]);
  });

  test('is_told_and_gives_the_engine_its_id', async () => {
    const { manager, core, log } = await connecting();
    const engine = manager.engine;
    const before = [engine?.id, engine?.readyState, engine?.transport];

    core.sink.opened('engine-1', 'websocket');

    expect(before).toEqual([undefined, 'opening', { name: 'polling' }]);
    expect(manager.engine).toBe(engine);
    expect([engine?.id, engine?.readyState]).toEqual(['engine-1', 'open']);
    expect(engine?.transport).toEqual({ name: 'websocket' });
    expect(log).toEqual([['io.open']]);
  });

  test('that_is_done_or_under_way_is_not_repeated', async () => {
    const { manager, core } = await connecting();

    manager.open().connect();
    core.sink.opened('engine-1', 'websocket');
    manager.open();

    expect(core.take()).toEqual([]);
  });

  test('that_fails_is_told_to_unconnected_sockets_and_then_by_the_manager', async () => {
    const { manager, socket, core, log } = await connecting();

    core.sink.openFailed('websocket error');

    const failure = error('unavailable', 'websocket error');
    expect(log).toEqual([
      ['connect_error', failure],
      ['io.error', failure],
    ]);
    expect([manager.engine?.readyState, socket.active]).toEqual(['closed', true]);
  });

  test('that_takes_too_long_is_told_as_timeout', async () => {
    const { core, log } = await connecting();

    core.sink.openFailed('timeout');

    expect(log[0]).toEqual(['connect_error', error('timeout', 'timeout')]);
  });

  test('calls_back_once_and_a_failure_is_not_followed_by_attempts', async () => {
    const manager = new Manager('http://h.test', { autoConnect: false });
    const outcomes = vi.fn();
    manager.open(outcomes);
    const close = vi.fn();
    manager.on('close', close);
    await vi.waitFor(() => script.connection);
    const core = script.connection;
    core.take();

    core.sink.openFailed('websocket error');
    const afterFailure = core.take();
    manager.open(outcomes);
    core.sink.opened('engine-1', 'websocket');
    core.sink.opened('engine-2', 'websocket');

    expect(afterFailure).toEqual([['close']]);
    expect(close).not.toHaveBeenCalled();
    expect(outcomes.mock.calls).toEqual([[error('unavailable', 'websocket error')], []]);
  });
});

describe('closing', () => {
  test('by_close_is_told_and_open_comes_back', async () => {
    const { manager, socket, core, log } = await connected();

    manager._close();
    const closed = [core.take(), manager.engine?.readyState, socket.active];
    manager.open();

    expect(closed).toEqual([[['close']], 'closed', true]);
    expect(log).toEqual([['io.close', 'forced close']]);
    expect(core.take()).toEqual([['open']]);
  });

  test.each([
    { what: 'is open', hears: (core: Core) => core.sink.opened('engine-2', 'websocket') },
    { what: 'reconnects', hears: (core: Core) => core.sink.closed('transport close', undefined) },
  ])('can_be_undone_while_the_connection_of_the_other_tabs_$what', async ({ hears }) => {
    const { socket, core } = await connecting();
    core.sink.connectError(0, '{"message":"no"}', false);
    hears(core);
    core.take();

    socket.connect();

    expect(core.take()).toEqual([['open'], ['connect', 0, '/']]);
  });

  test('brings_what_happened', async () => {
    const { core, log } = await connected();

    core.sink.closed('transport close', 'websocket connection closed');

    expect(log).toEqual([
      ['io.close', 'transport close', { description: 'websocket connection closed' }],
    ]);
  });
});

describe('reconnecting', () => {
  test('is_told_step_by_step', async () => {
    const { core, log } = await connected();

    core.sink.closed('transport close', undefined);
    core.sink.reconnectAttempt(1);
    core.sink.openFailed('websocket error');
    core.sink.reconnectError('websocket error');
    core.sink.reconnectAttempt(2);
    core.sink.opened('engine-2', 'websocket');
    core.sink.reconnected(2);
    core.sink.ping();

    const failure = error('unavailable', 'websocket error');
    expect(log).toEqual([
      ['io.close', 'transport close'],
      ['io.reconnect_attempt', 1],
      ['io.error', failure],
      ['io.reconnect_error', failure],
      ['io.reconnect_attempt', 2],
      ['io.open'],
      ['io.reconnect', 2],
      ['io.ping'],
    ]);
  });

  test('waits_its_time_although_a_socket_wants_to_connect', async () => {
    const { manager, core } = await connected();
    core.sink.closed('transport close', undefined);
    core.take();

    manager.socket('/other');

    expect(core.take()).toEqual([['connect', 1, '/other']]);
  });

  test('that_has_been_given_up_starts_again_with_connect', async () => {
    const { socket, core, log } = await connecting();
    core.sink.openFailed('websocket error');
    core.sink.reconnectFailed();
    log.length = 0;

    socket.connect();

    expect(core.take()).toEqual([['open']]);
  });
});

describe('settings', () => {
  test('are_read_and_changed_before_the_connection_is_made', async () => {
    const manager = new Manager('http://h.test', { autoConnect: false });

    const chained = manager
      .reconnection(false)
      .reconnectionAttempts(3)
      .reconnectionDelay(10)
      .reconnectionDelayMax(20)
      .randomizationFactor(0)
      .timeout(false);
    manager.open();
    await vi.waitFor(() => script.connection);

    expect(chained).toBe(manager);
    expect([
      manager.reconnection(),
      manager.reconnectionAttempts(),
      manager.reconnectionDelay(),
      manager.reconnectionDelayMax(),
      manager.randomizationFactor(),
      manager.timeout(),
    ]).toEqual([false, 3, 10, 20, 0, false]);
    expect(script.connection.config).toMatchObject({
      reconnection: false,
      reconnectionAttempts: 3,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
      randomizationFactor: 0,
      timeout: null,
    });
  });

  test('may_change_later_and_reach_the_core', async () => {
    const { manager, core } = await connecting();

    manager.reconnectionDelay(1).reconnectionDelay(1).reconnection(false);

    const changed = core.take().map(([name, config]) => [name, (config as any).reconnectionDelay]);
    expect(changed).toEqual([
      ['configure', 1],
      ['configure', 1],
    ]);
    expect([manager.reconnectionDelay(), manager.reconnection()]).toEqual([1, false]);
  });

  test('a_parser_cannot_be_shared', () => {
    const options = { parser: {} as Parser, shared: true, scope: 'u1' };

    expect(() => new Manager('http://h.test', options)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: 'unable to share a connection with a parser of its own',
      }),
    );
  });

  test.each([
    ['reconnect_attempt', (core: typeof script.connection) => core.sink.reconnectAttempt(1)],
    ['error', (core: typeof script.connection) => core.sink.openFailed('websocket error')],
    ['close', (core: typeof script.connection) => core.sink.closed('transport close', undefined)],
  ] as const)('that_a_listener_of_%s_changes_count_for_the_next_session', async (event, happen) => {
    const { manager, core } = await connecting();
    const given = { token: 'new' };
    manager.on(event, () => {
      manager.opts.query = given;
    });

    happen(core);

    expect(core.take()).toEqual([
      ['configure', expect.objectContaining({ url: expect.stringContaining('token=new&EIO=4') })],
    ]);
  });

  test('of_the_caller_are_left_alone', () => {
    const given = { autoConnect: false, query: { a: 1 } };
    const manager = new Manager('http://h.test', given);

    expect(manager.opts).toEqual({ ...given, path: '/socket.io' });
    expect(given).toEqual({ autoConnect: false, query: { a: 1 } });
  });
});

describe('namespaces', () => {
  test('have_one_socket_each_that_hears_only_its_own', async () => {
    const { manager, socket, core } = await connected();
    const other = manager.socket('/other');
    const log = logged(manager, other);
    const seen = vi.fn();
    other.on('a', seen);
    socket.on('a', () => expect.unreachable());

    core.sink.connected(1, 'sid-other', false);
    core.sink.event(1, '["a",1]', undefined, -1);
    core.sink.event(9, '["a",1]', undefined, -1);

    expect(manager.socket('/other')).toBe(other);
    expect(log).toEqual([['connect']]);
    expect(seen.mock.calls).toEqual([[1]]);
  });

  test('that_were_left_are_joined_again_by_socket', async () => {
    const { manager, socket, core } = await connected();
    socket.disconnect();
    core.take();

    const again = manager.socket('/');

    expect(again).toBe(socket);
    expect(core.take()).toEqual([['open'], ['connect', 0, '/']]);
  });
});

describe('logging out', () => {
  test('is_told_to_the_core_also_where_nothing_was_connected', async () => {
    const manager = new Manager('http://h.test', { autoConnect: false });

    manager.logout();
    await vi.waitFor(() => script.connection);

    expect(script.connection.calls).toEqual([['logOut']]);
  });

  test('ends_the_socket_and_what_it_waits_for_in_every_tab', async () => {
    const { manager, socket, core, log } = await connected();
    const answer = socket.emitWithAck('a');

    core.sink.ackFailed(0, 0, 'logged_out', false);
    core.sink.disconnected(0, 'logout', undefined);
    core.sink.loggedOut();

    await expect(answer).rejects.toEqual(
      error('logged_out', 'unable to send the event; the user logged out'),
    );
    expect(log).toEqual([['io.close', 'forced close'], ['disconnect', 'logout'], ['io.logout']]);
    expect(socket.active).toBe(false);
    core.take();
    manager.open();
    socket.connect();
    expect(core.take()).toContainEqual(['connect', 0, '/']);
  });

  test('ends_a_socket_that_was_not_connected_yet', async () => {
    const { socket, core, log } = await connecting();

    core.sink.loggedOut();

    expect(log).toEqual([['io.close', 'forced close'], ['io.logout']]);
    expect(socket.active).toBe(false);
  });
});

describe('tabs', () => {
  test.each([
    [{}, 'solo', 'off'],
    [{ shared: true }, 'solo', 'no scope'],
    [{ shared: true, scope: 'u1' }, 'joining', 'on'],
  ] as const)('with_%j_start_as_%s_with_sharing_%s', (options, role, sharing) => {
    const manager = new Manager('http://h.test', { ...options, autoConnect: false });

    expect(manager.tabs.getSnapshot()).toEqual({
      role,
      tabId: '',
      leaderId: null,
      count: 1,
      visibleTabs: 1,
      term: 0,
      sharing,
    });
  });

  test('follow_the_core', async () => {
    const { manager, core } = await connecting({ shared: true, scope: 'u1' });
    const initial = manager.tabs.getSnapshot();
    const listener = vi.fn();
    manager.tabs.subscribe(listener);

    core.sink.tabs('follower', 3, 4, 2, 'tab-1', 'tab-2', undefined);
    await Promise.resolve();
    const following = manager.tabs.getSnapshot();
    core.sink.tabs('solo', 0, 1, 1, undefined, 'tab-2', 'no locks');

    expect(following).toEqual({
      role: 'follower',
      tabId: 'tab-2',
      leaderId: 'tab-1',
      count: 4,
      visibleTabs: 2,
      term: 3,
      sharing: 'on',
    });
    expect(listener).toHaveBeenCalledTimes(1);
    expect(manager.tabs.getSnapshot()).toMatchObject({ leaderId: null, sharing: 'no locks' });
    expect(manager.tabs.getServerSnapshot()).toBe(initial);
  });

  test('say_why_nothing_is_shared_although_the_core_does_not_know', async () => {
    const { manager, core } = await connecting({ shared: true });

    core.sink.tabs('solo', 0, 1, 1, undefined, 'tab-1', 'not asked for');

    expect(manager.tabs.getSnapshot()).toMatchObject({ role: 'solo', sharing: 'no scope' });
  });
});

describe('interests', () => {
  test('go_to_the_core_and_come_back_from_all_tabs', async () => {
    const { manager, core } = await connecting();
    const first = vi.fn();
    const second = vi.fn();
    const end = manager.onInterest(first);
    manager.onInterest(second);

    manager.setInterest('room', true);
    core.sink.interest('room', true);
    end();
    core.sink.interest('room', false);

    expect(core.take()).toEqual([['setInterest', 'room', true]]);
    expect(first.mock.calls).toEqual([['room', true]]);
    expect(second.mock.calls).toEqual([
      ['room', true],
      ['room', false],
    ]);
  });
});
