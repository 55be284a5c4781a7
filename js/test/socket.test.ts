import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TransportError } from '../src/socket/reasons.js';
import type { Manager } from '../src/socket/manager.js';
import { connected, connecting, logged } from './support/connect.js';
import { script } from './support/core.js';

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;
const error = (code: string, message: string): unknown =>
  expect.objectContaining({ name: 'TabcastError', code, message });

let report: ReturnType<typeof vi.fn>;

beforeEach(() => {
  script.reset();
  report = vi.fn();
  vi.stubGlobal('reportError', report);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('connecting', () => {
  test('connect_gives_the_id_and_says_whether_the_session_was_recovered', async () => {
    const { socket, core, log } = await connecting();

    core.sink.connected(0, 'sid-1', true);

    expect([socket.id, socket.connected, socket.disconnected]).toEqual(['sid-1', true, false]);
    expect([socket.active, socket.recovered]).toEqual([true, true]);
    expect(log).toEqual([['connect']]);
  });

  test('connecting_again_while_the_answer_is_pending_asks_only_once', async () => {
    const { socket, core } = await connecting();

    socket.connect().open();

    expect(core.take()).toEqual([]);
  });

  describe('to a namespace that other tabs are connected to', () => {
    let manager: Manager;
    beforeEach(async () => {
      const setup = await connected();
      const { sink } = setup.core;
      manager = setup.manager;
      vi.spyOn(setup.core, 'connect').mockImplementation((number) => {
        sink.connected(number, 'sid-2', false);
        sink.event(number, '["news",1]', undefined, -1);
      });
    });

    test('it_is_told_when_the_call_has_returned', async () => {
      const socket = manager.socket('/other');
      const log = logged(manager, socket);
      socket.on('news', (...args) => log.push(['news', ...args]));
      const before = [socket.connected, ...log];

      await Promise.resolve();

      expect(before).toEqual([false]);
      expect([socket.connected, socket.id]).toEqual([true, 'sid-2']);
      expect(log).toEqual([['news', 1], ['connect']]);
    });

    test('it_is_not_told_to_a_socket_that_left_in_the_same_turn', async () => {
      const socket = manager.socket('/other');
      const log = logged(manager, socket);

      socket.disconnect();
      await Promise.resolve();

      expect([socket.connected, log]).toEqual([false, []]);
    });
  });

  test('events_that_come_first_are_delivered_before_connect_with_the_id_set', async () => {
    const { socket, core } = await connecting();
    const seen: unknown[] = [];
    socket.on('missed', (value: number) => seen.push([value, socket.id]));
    socket.on('connect', () => seen.push('connect'));

    core.sink.event(0, '["missed",1]', undefined, -1);
    core.sink.event(0, '["missed",2]', undefined, -1);
    const before = [...seen];
    core.sink.connected(0, 'sid-1', true);

    expect(before).toEqual([]);
    expect(seen).toEqual([[1, 'sid-1'], [2, 'sid-1'], 'connect']);
  });

  test('a_listener_of_such_an_event_may_disconnect', async () => {
    const { socket, core, log } = await connecting();
    socket.on('missed', () => socket.disconnect());

    core.sink.event(0, '["missed"]', undefined, -1);
    core.sink.connected(0, 'sid-1', true);

    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['disconnect', 'io client disconnect'],
    ]);
  });

  test('events_of_a_connection_that_failed_first_are_not_delivered_by_the_next', async () => {
    const { socket, core } = await connecting();
    const listener = vi.fn();
    socket.on('missed', listener);

    core.sink.event(0, '["missed",1]', undefined, -1);
    core.sink.disconnected(0, 'transport close', undefined);
    core.sink.connected(0, 'sid-2', false);

    expect(listener).not.toHaveBeenCalled();
  });

  test('a_refusal_ends_the_attempts_and_carries_the_data_of_the_server', async () => {
    const { socket, core, log } = await connecting();

    core.sink.connectError(0, '{"message":"not authorized","data":{"why":7}}', false);

    expect(socket.active).toBe(false);
    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['connect_error', error('refused', 'not authorized')],
    ]);
    expect(log[1]?.[1]).toMatchObject({ data: { why: 7 }, retryable: false });
    expect(core.take()).toEqual([['close']]);
  });

  test.each([
    ['"oops"', 'oops'],
    ['', 'the server refused the namespace'],
    ['{}', 'the server refused the namespace'],
    ['{bad', 'the server refused the namespace'],
  ])('the_refusal_%s_gives_a_clean_error', async (json, message) => {
    const { core, log } = await connecting();

    core.sink.connectError(0, json, false);

    expect(log.at(-1)).toEqual(['connect_error', error('refused', message)]);
  });

  test('what_was_sent_waits_for_no_answer_once_the_connection_is_gone', async () => {
    const { socket } = await connected();
    const open = (): string[] => Object.keys(socket.acks);

    socket.emit('sent', () => undefined);
    const before = open();
    socket.disconnect();
    const after = open();
    socket.emit('kept', () => undefined);

    expect([before, after, open()]).toEqual([['0'], [], ['1']]);
  });

  test('an_answer_without_a_session_id_is_that_of_version_2', async () => {
    const { socket, core, log } = await connecting();

    core.sink.connectError(0, '{"message":"version mismatch"}', true);
    socket.onpacket({ type: 0, nsp: '/other' });
    socket.onpacket({ type: 0, nsp: '/' });

    const upstream = expect.objectContaining({
      code: 'unavailable',
      message: expect.stringMatching(
        /^It seems you are trying to reach a Socket.IO server in v2.x/,
      ),
    });
    expect(log).toEqual([
      ['connect_error', upstream],
      ['connect_error', upstream],
    ]);
  });

  test('a_namespace_that_tries_again_was_not_refused', async () => {
    const { socket, core, log } = await connecting();

    core.sink.connectError(0, '{"message":"transport error"}', true);

    expect(socket.active).toBe(true);
    expect(log).toEqual([['connect_error', error('unavailable', 'transport error')]]);
  });

  test('a_refusal_while_connected_disconnects_first', async () => {
    const { socket, core, log } = await connected();

    core.sink.connectError(0, '{"message":"banned"}', false);

    expect(socket.connected).toBe(false);
    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['disconnect', 'io server disconnect'],
      ['connect_error', error('refused', 'banned')],
    ]);
  });

  test('a_lost_attempt_stays_active_and_drops_nothing', async () => {
    const { socket, core, log } = await connecting();

    core.sink.connectError(0, '{"message":"transport close"}', true);

    expect(socket.active).toBe(true);
    expect(log).toEqual([['connect_error', error('unavailable', 'transport close')]]);
    expect(core.take()).toEqual([]);
  });

  test('a_refused_socket_can_try_again', async () => {
    const { socket, core } = await connecting();
    core.sink.connectError(0, '{"message":"no"}', false);
    core.take();

    socket.auth = { token: 'new' };
    socket.connect();

    expect(core.take()).toEqual([['open'], ['connect', 0, '/']]);
  });
});

describe('auth', () => {
  test.each([
    ['an_object', { token: 't' }, undefined, undefined, '{"token":"t"}'],
    ['nothing', undefined, undefined, undefined, undefined],
    ['nothing_with_a_session', undefined, 'p', 'o', '{"pid":"p","offset":"o"}'],
    ['a_session_without_an_offset', { a: 1 }, 'p', undefined, '{"pid":"p","a":1}'],
    ['its_own_pid', { pid: 'mine' }, 'p', 'o', '{"pid":"mine","offset":"o"}'],
  ] as const)('with_%s', async (_, auth, pid, offset, json) => {
    const { core } = await connecting(auth && { auth });

    core.sink.authWanted(5, 0, pid, offset, false);

    expect(core.take()).toEqual([['provideAuth', 5, json]]);
  });

  test.each([
    ['is_posted_if_there_is_none', {}, ['provideAuth', 5, undefined]],
    ['is_withheld', { auth: { token: 't' } }, ['withholdAuth', 5]],
    [
      'is_posted_if_the_app_allows_it',
      { auth: { token: 't' }, tabs: { shareAuth: true } },
      ['provideAuth', 5, '{"token":"t"}'],
    ],
  ] as const)('for_the_tab_that_leads_%s', async (_, options, call) => {
    const { core } = await connecting(options);

    core.sink.authWanted(5, 0, undefined, undefined, true);

    expect(core.take()).toEqual([call]);
  });

  test('that_no_tab_gives_is_an_error_of_its_own_and_the_socket_stays_active', async () => {
    const { socket, core, log } = await connecting({ auth: { token: 't' } });

    core.sink.connectError(0, '{"message":"auth withheld"}', true);

    expect(log).toEqual([
      ['connect_error', expect.objectContaining({ code: 'auth_withheld', retryable: false })],
    ]);
    expect(socket.active).toBe(true);
  });

  test('a_function_is_called_for_each_connect_and_answers_once', async () => {
    let calls = 0;
    const { core } = await connecting({
      auth: (provide) => {
        calls += 1;
        provide({ n: calls });
        provide({ n: 'again' });
      },
    });

    core.sink.authWanted(1, 0, undefined, undefined, false);
    core.sink.authWanted(2, 0, undefined, undefined, false);

    expect(core.take()).toEqual([
      ['provideAuth', 1, '{"n":1}'],
      ['provideAuth', 2, '{"n":2}'],
    ]);
  });

  test('a_function_may_answer_later', async () => {
    const { core } = await connecting({
      auth: async (provide) => {
        await Promise.resolve();
        provide({ late: true });
      },
    });

    core.sink.authWanted(1, 0, undefined, undefined, false);
    const before = core.take();
    await vi.waitFor(() => expect(core.calls).toHaveLength(1));

    expect(before).toEqual([]);
    expect(core.take()).toEqual([['provideAuth', 1, '{"late":true}']]);
  });

  const failure = new Error('no token');
  test.each([
    [
      'throws',
      () => {
        throw failure;
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    ['gives_what_json_cannot_say', (provide: (data: object) => void) => provide({ n: 1n })],
  ])('a_function_that_%s_gives_connect_error', async (_, auth) => {
    const { socket, core, log } = await connecting({ auth });

    core.sink.authWanted(1, 0, undefined, undefined, false);
    await vi.waitFor(() => expect(log).toContainEqual(['connect_error', expect.anything()]));

    expect(socket.active).toBe(false);
    expect(core.take()).toEqual([['disconnect', 0], ['close']]);
    expect(log.at(-1)).toEqual([
      'connect_error',
      error('unauthorized', 'unable to connect; auth failed'),
    ]);
  });
});

describe('disconnecting', () => {
  test('by_the_app_is_told_at_once_and_closes_the_connection', async () => {
    const { socket, core, log } = await connected();

    socket.disconnect();

    expect([socket.connected, socket.id, socket.active]).toEqual([false, undefined, false]);
    expect(core.take()).toEqual([['disconnect', 0], ['close']]);
    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['disconnect', 'io client disconnect'],
    ]);
  });

  test('by_the_app_is_told_once_if_the_core_tells_it_too', async () => {
    const { socket, core, log } = await connected();
    vi.spyOn(core, 'disconnect').mockImplementation((number) => {
      core.sink.disconnected(number, 'io client disconnect', undefined);
    });

    socket.close();

    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['disconnect', 'io client disconnect'],
    ]);
  });

  test('before_the_connection_came_about_is_silent', async () => {
    const { socket, core, log } = await connecting();

    socket.disconnect().disconnect();

    expect(core.take()).toEqual([['disconnect', 0], ['close']]);
    expect(log).toEqual([['io.close', 'forced close']]);
  });

  test('keeps_the_connection_while_another_namespace_uses_it', async () => {
    const { manager, socket, core } = await connected();
    const other = manager.socket('/other');
    core.take();

    socket.disconnect();
    const first = core.take();
    other.disconnect();

    expect(first).toEqual([['disconnect', 0]]);
    expect(core.take()).toEqual([['disconnect', 1], ['close']]);
  });

  test('by_the_server_is_final', async () => {
    const { socket, core, log } = await connected();

    core.sink.disconnected(0, 'io server disconnect', undefined);

    expect(socket.active).toBe(false);
    expect(log).toEqual([
      ['io.close', 'forced close'],
      ['disconnect', 'io server disconnect'],
    ]);
  });

  test.each([
    ['transport close', undefined, undefined],
    [
      'transport close',
      'websocket connection closed',
      { description: 'websocket connection closed' },
    ],
    ['ping timeout', undefined, undefined],
    ['forced close', undefined, undefined],
    ['parse error', undefined, error('invalid', 'parse error')],
    ['transport error', undefined, error('unavailable', 'transport error')],
    ['parse error', 'unknown packet type 9', error('invalid', 'unknown packet type 9')],
    ['transport error', 'websocket error', error('unavailable', 'websocket error')],
  ])('by_%s_(%s)_leaves_the_socket_active', async (reason, detail, description) => {
    const { socket, core, log } = await connected();

    core.sink.disconnected(0, reason, detail);

    expect([socket.active, socket.connected, socket.id]).toEqual([true, false, undefined]);
    expect(log).toEqual([['disconnect', reason, ...(description ? [description] : [])]]);
  });

  test.each([
    ['{"status":400,"message":"Session ID unknown"}', 400, { message: 'Session ID unknown' }],
    ['{"status":502,"message":""}', 502, undefined],
    ['{"status":0,"message":""}', undefined, undefined],
  ])('by_a_request_that_failed_says_why_(%s)', async (more, status, data) => {
    const { socket, core } = await connected();
    const said: unknown[] = [];
    socket.on('disconnect', (_, why) => {
      const { message, description, status, data } = why as TransportError;
      said.push(message, description, status, data);
    });

    core.sink.disconnected(0, 'transport error', 'xhr poll error', more);

    expect(said).toEqual(['xhr poll error', status ?? 0, status, data]);
  });

  test('by_a_refusal_says_what_the_server_said', async () => {
    const { socket, core, log } = await connected();

    core.sink.disconnected(0, 'io server disconnect', undefined, '{"message":"banned","data":7}');

    expect(socket.active).toBe(false);
    expect(log).toEqual([
      ['io.close', 'forced close'],
      [
        'disconnect',
        'io server disconnect',
        expect.objectContaining({ code: 'refused', message: 'banned', data: 7 }),
      ],
    ]);
  });

  test('without_a_connection_before_is_not_told', async () => {
    const { core, log } = await connecting();

    core.sink.disconnected(0, 'transport close', undefined);

    expect(log).toEqual([]);
  });
});

describe('emitting', () => {
  test('passes_the_event_with_ids_that_count_up', async () => {
    const { socket, core } = await connected();

    const chained = socket.emit('a', 1, { b: 'ü' }).emit('c').send('d');

    expect(chained).toBe(socket);
    expect(core.take()).toEqual([
      ['emit', 0, 0, '["a",1,{"b":"ü"}]', undefined, false, false, -1],
      ['emit', 0, 1, '["c"]', undefined, false, false, -1],
      ['emit', 0, 2, '["message","d"]', undefined, false, false, -1],
    ]);
  });

  test('passes_attachments_beside_placeholders', async () => {
    const { socket, core } = await connected();

    socket.emit('a', bytes(1, 2), [new Uint8Array([3])]);

    expect(core.take()).toEqual([
      [
        'emit',
        0,
        0,
        '["a",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]',
        [bytes(1, 2), bytes(3)],
        false,
        false,
        -1,
      ],
    ]);
  });

  test('flags_count_for_the_next_event_only', async () => {
    const { socket, core } = await connected();

    socket.volatile.compress(false).emit('a');
    socket.timeout(50).emit('b', () => undefined);
    socket.emit('c', () => undefined);

    expect(core.take()).toEqual([
      ['emit', 0, 0, '["a"]', undefined, false, true, -1],
      ['emit', 0, 1, '["b"]', undefined, true, false, 50],
      ['emit', 0, 2, '["c"]', undefined, true, false, -1],
    ]);
  });

  test('flags_are_gone_after_an_event_that_cannot_be_sent', async () => {
    const { socket, core } = await connected();

    expect(() => socket.volatile.timeout(5).emit('a', 1n)).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
    socket.emit('b', () => undefined);

    expect(core.take()).toEqual([['emit', 0, 0, '["b"]', undefined, true, false, -1]]);
  });

  test('an_event_is_sent_as_it_was_when_it_was_emitted', async () => {
    const { socket, core } = await connecting();
    const value = { n: 1 };

    socket.emit('a', value);
    value.n = 2;

    expect(core.take()).toEqual([['emit', 0, 0, '["a",{"n":1}]', undefined, false, false, -1]]);
  });

  test.each([
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'newListener',
    'removeListener',
  ])('the_name_%s_is_refused', async (name) => {
    const { socket } = await connected();

    expect(() => socket.emit(name)).toThrow(
      expect.objectContaining({ code: 'invalid', message: `"${name}" is a reserved event name` }),
    );
  });

  test('names_of_other_events_of_emitters_are_allowed', async () => {
    const { socket, core } = await connected();

    for (const name of ['error', 'ping', 'constructor', '__proto__']) socket.emit(name);

    expect(core.take().map((call) => call[3])).toEqual([
      '["error"]',
      '["ping"]',
      '["constructor"]',
      '["__proto__"]',
    ]);
  });

  test('a_name_that_is_no_text_is_refused', async () => {
    const { socket } = await connected();

    expect(() => (socket as { emit(name: unknown): void }).emit({})).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  test('a_blob_is_read_and_what_follows_waits_for_it', async () => {
    const { socket, core } = await connected();

    socket.emit('a', new Blob(['x']));
    socket.emit('b');
    const before = core.take();
    await vi.waitFor(() => expect(core.calls).toHaveLength(2));
    socket.emit('c');

    expect(before).toEqual([]);
    expect(core.take()).toEqual([
      ['emit', 0, 0, '["a",{"_placeholder":true,"num":0}]', [bytes(120)], false, false, -1],
      ['emit', 0, 1, '["b"]', undefined, false, false, -1],
      ['emit', 0, 2, '["c"]', undefined, false, false, -1],
    ]);
  });

  test('a_blob_that_cannot_be_read_fails_its_event_and_no_other', async () => {
    const { socket, core } = await connected();
    const blob = new Blob(['x']);
    vi.spyOn(blob, 'arrayBuffer').mockRejectedValue(new Error('NotReadableError'));

    const acked = socket.emitWithAck('a', blob).catch((reason: unknown) => reason);
    socket.emit('silent', blob);
    socket.emit('b');
    await vi.waitFor(() => expect(core.calls).toHaveLength(1));

    expect(await acked).toEqual(error('invalid', 'unable to send; a blob cannot be read'));
    expect(report.mock.calls).toEqual([
      [error('invalid', 'unable to send; a blob cannot be read')],
    ]);
    expect(core.take()).toEqual([['emit', 0, 2, '["b"]', undefined, false, false, -1]]);
  });
});

describe('acknowledgements', () => {
  test('give_their_values_once', async () => {
    const { socket, core } = await connected();
    const callback = vi.fn();
    socket.emit('a', callback);

    core.sink.acked(0, 0, '[1,{"_placeholder":true,"num":0}]', [bytes(9)]);
    core.sink.acked(0, 0, '[2]', undefined);
    core.sink.acked(0, 77, '[3]', undefined);

    expect(callback.mock.calls).toEqual([[1, bytes(9)]]);
  });

  test('behind_timeout_give_null_first', async () => {
    const { socket, core } = await connected();
    const callback = vi.fn();

    socket.timeout(10).emit('a', callback);
    core.sink.acked(0, 0, '["ok"]', undefined);

    expect(callback.mock.calls).toEqual([[null, 'ok']]);
  });

  test('ack_timeout_is_the_limit_where_none_is_given', async () => {
    const { socket, core } = await connected({ ackTimeout: 300 });

    socket.emit('a', () => undefined);
    socket.timeout(7).emit('b', () => undefined);
    void socket.emitWithAck('c');
    socket.emit('no ack');

    expect(core.take().map((call) => call.slice(-1))).toEqual([[300], [7], [300], [-1]]);
  });

  test.each([
    ['timeout', 'timeout', 'operation has timed out'],
    ['disconnected', 'disconnected', 'socket has been disconnected'],
    [
      'unknown',
      'delivery_unknown',
      'unable to tell whether the event was delivered; who could tell is gone',
    ],
    ['full', 'buffer_full', 'unable to send the event; the buffer is full'],
    [
      'unsupported',
      'unsupported',
      'unable to deliver exactly once; the server does not use tabcast/server',
    ],
  ] as const)('that_fail_by_%s_give_a_typed_error', async (why, code, message) => {
    const { socket, core } = await connected();
    const callback = vi.fn();
    const plain = vi.fn();
    socket.timeout(10).emit('a', callback);
    socket.emit('b', plain);
    const promise = socket.emitWithAck('c').catch((reason: unknown) => reason);

    for (const id of [0, 1, 2]) core.sink.ackFailed(0, id, why, false);
    core.sink.acked(0, 1, '["late"]', undefined);

    expect(callback.mock.calls).toEqual([[error(code, message)]]);
    expect(plain).not.toHaveBeenCalled();
    expect(await promise).toEqual(error(code, message));
  });

  test('an_event_that_nobody_waits_for_and_that_found_the_buffer_full_is_reported', async () => {
    const { socket, core } = await connected();
    socket.emit('a');

    core.sink.ackFailed(0, 0, 'full', false);

    expect(report.mock.calls).toEqual([
      [error('buffer_full', 'unable to send the event; the buffer is full')],
    ]);
  });

  test('emit_with_ack_resolves_to_the_first_value', async () => {
    const { socket, core } = await connected();

    const answers = [socket.emitWithAck('a', 1), socket.timeout(20).emitWithAck('b')];
    core.sink.acked(0, 0, '["x","y"]', undefined);
    core.sink.acked(0, 1, '', undefined);

    expect(await Promise.all(answers)).toEqual(['x', undefined]);
    expect(core.take()).toEqual([
      ['emit', 0, 0, '["a",1]', undefined, true, false, -1],
      ['emit', 0, 1, '["b"]', undefined, true, false, 20],
    ]);
  });

  test('emit_with_ack_rejects_what_cannot_be_sent', async () => {
    const { socket } = await connected();

    const reason = await socket.emitWithAck('connect').catch((caught: unknown) => caught);

    expect(reason).toEqual(error('invalid', '"connect" is a reserved event name'));
  });

  test('that_cannot_be_read_fail_with_a_typed_error', async () => {
    const { socket, core, log } = await connected();
    const promise = socket.emitWithAck('a').catch((reason: unknown) => reason);

    core.sink.acked(0, 0, '{"not":"a list"}', undefined);

    expect(await promise).toEqual(
      error('invalid', 'unable to read the payload; it is not an array'),
    );
    expect(log).toEqual([['io.error', await promise]]);
  });

  test('a_callback_that_throws_is_reported', async () => {
    const { socket, core } = await connected();
    const failure = new Error('from a callback');
    socket.emit('a', () => {
      throw failure;
    });

    core.sink.acked(0, 0, '[]', undefined);

    expect(report.mock.calls).toEqual([[failure]]);
  });
});

describe('incoming events', () => {
  test('reach_catch_all_listeners_first_then_those_of_the_event', async () => {
    const { socket, core } = await connected();
    const seen: unknown[] = [];
    socket.on('a', (...args: unknown[]) => seen.push(['on', ...args]));
    socket.onAny((...args: unknown[]) => seen.push(['any', ...args]));
    socket.prependAny((...args: unknown[]) => seen.push(['first', ...args]));

    core.sink.event(0, '["a",1,"x"]', undefined, -1);
    core.sink.event(0, '["b"]', undefined, -1);

    expect(seen).toEqual([
      ['first', 'a', 1, 'x'],
      ['any', 'a', 1, 'x'],
      ['on', 1, 'x'],
      ['first', 'b'],
      ['any', 'b'],
    ]);
  });

  test('catch_all_listeners_can_be_listed_and_removed', async () => {
    const { socket, core } = await connected();
    const first = vi.fn();
    const second = vi.fn();
    socket.onAny(first).onAny(second);

    const listed = [...socket.listenersAny()];
    socket.offAny(first);
    core.sink.event(0, '["a"]', undefined, -1);
    socket.offAny();
    core.sink.event(0, '["b"]', undefined, -1);

    expect(listed).toEqual([first, second]);
    expect(first).not.toHaveBeenCalled();
    expect(second.mock.calls).toEqual([['a']]);
    expect(socket.listenersAny()).toEqual([]);
  });

  test('are_parsed_only_if_somebody_listens', async () => {
    const { socket, core } = await connected();
    const parse = vi.spyOn(JSON, 'parse');
    socket.on('heard', () => undefined);

    core.sink.event(0, '["unheard",1]', undefined, 3);
    const unheard = parse.mock.calls.length;
    core.sink.event(0, '["heard",1]', undefined, -1);
    const heard = parse.mock.calls.length;
    parse.mockRestore();

    expect([unheard, heard]).toEqual([0, 1]);
  });

  test('with_an_escaped_or_numeric_name_find_their_listeners', async () => {
    const { socket, core } = await connected();
    const seen: unknown[] = [];
    socket.on('a"b', () => seen.push('escaped'));
    socket.on('7', () => seen.push('number'));

    core.sink.event(0, '["a\\"b"]', undefined, -1);
    core.sink.event(0, '[7]', undefined, -1);

    expect(seen).toEqual(['escaped', 'number']);
  });

  test('that_want_an_answer_get_a_function_that_works_once', async () => {
    const { socket, core } = await connected();
    socket.on('a', (value: number, answer: (...args: unknown[]) => void) => {
      answer(value + 1, bytes(5));
      answer('again');
    });

    core.sink.event(0, '["a",1]', undefined, 42);

    expect(core.take()).toEqual([
      ['acknowledge', 0, 42, '[2,{"_placeholder":true,"num":0}]', [bytes(5)]],
    ]);
  });

  test('bring_their_attachments', async () => {
    const { socket, core } = await connected();
    const listener = vi.fn();
    socket.on('a', listener);

    core.sink.event(0, '["a",{"b":{"_placeholder":true,"num":0}}]', [bytes(1)], -1);

    expect(listener.mock.calls).toEqual([[{ b: bytes(1) }]]);
  });

  test.each([
    ['["a",', undefined, /^unable to read the payload; /],
    ['["a",{"_placeholder":true,"num":3}]', [bytes(1)], /^illegal attachments$/],
    ['["disconnect"]', undefined, /^unable to read the event; its name is not allowed$/],
    ['', undefined, /^unable to read the payload; /],
  ])('like_%s_give_an_error_and_harm_no_other', async (json, attachments, message) => {
    const { socket, core, log } = await connected();
    const listener = vi.fn();
    socket.onAny(listener);

    core.sink.event(0, json, attachments, -1);
    core.sink.event(0, '["next"]', undefined, -1);

    expect(log).toEqual([
      [
        'io.error',
        expect.objectContaining({ code: 'invalid', message: expect.stringMatching(message) }),
      ],
    ]);
    expect(listener.mock.calls).toEqual([['next']]);
    expect(socket.connected).toBe(true);
  });

  test('that_cannot_be_read_are_reported_if_nobody_listens_for_errors', async () => {
    const { manager, socket, core } = await connected();
    manager.off('error');
    socket.onAny(() => expect.unreachable());

    core.sink.event(0, '["a",', undefined, -1);

    expect(report.mock.calls).toEqual([[expect.objectContaining({ code: 'invalid' })]]);
  });

  test('a_listener_that_throws_harms_no_other_and_no_later_event', async () => {
    const { socket, core } = await connected();
    const failure = new Error('from a listener');
    const next = vi.fn();
    socket.onAny(() => {
      throw failure;
    });
    socket.on('a', next);

    core.sink.event(0, '["a",1]', undefined, -1);
    core.sink.event(0, '["a",2]', undefined, -1);

    expect(next.mock.calls).toEqual([[1], [2]]);
    expect(report.mock.calls).toEqual([[failure], [failure]]);
  });
});

describe('outgoing events', () => {
  test('are_heard_when_they_leave_without_their_callback', async () => {
    const { socket, core } = await connecting();
    const seen: unknown[] = [];
    socket.onAnyOutgoing((...args: unknown[]) => seen.push(['any', ...args]));
    socket.prependAnyOutgoing((...args: unknown[]) => seen.push(['first', ...args]));
    socket.emit('a', 1, () => undefined);
    socket.emit('b');

    const before = [...seen];
    core.sink.sent(0, 0);
    core.sink.sent(0, 0);
    core.sink.sent(0, 1);

    expect(before).toEqual([]);
    expect(seen).toEqual([
      ['first', 'a', 1],
      ['any', 'a', 1],
      ['first', 'b'],
      ['any', 'b'],
    ]);
  });

  test('catch_all_listeners_can_be_listed_and_removed', async () => {
    const { socket, core } = await connected();
    const first = vi.fn();
    const second = vi.fn();
    socket.onAnyOutgoing(first).onAnyOutgoing(second);

    const listed = [...socket.listenersAnyOutgoing()];
    socket.offAnyOutgoing(first);
    socket.emit('a');
    core.sink.sent(0, 0);
    socket.offAnyOutgoing();
    socket.emit('b');
    core.sink.sent(0, 1);

    expect(listed).toEqual([first, second]);
    expect(first).not.toHaveBeenCalled();
    expect(second.mock.calls).toEqual([['a']]);
  });

  test('that_were_dropped_are_not_heard', async () => {
    const { socket, core } = await connecting();
    const listener = vi.fn();
    socket.onAnyOutgoing(listener);
    socket.timeout(1).emit('late', () => undefined);

    socket.volatile.emit('dropped');

    core.sink.ackFailed(0, 0, 'timeout', true);
    core.sink.disconnected(0, 'transport close', undefined);
    core.sink.sent(0, 0);
    core.sink.sent(0, 1);

    expect(listener).not.toHaveBeenCalled();
  });
});
