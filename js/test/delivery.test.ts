import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ENVELOPE } from '../src/delivery/envelope.js';
import { DeliveryUnknown, TabcastError } from '../src/errors.js';
import { connected } from './support/connect.js';
import { script } from './support/core.js';

beforeEach(() => {
  script.reset();
  vi.stubGlobal('reportError', vi.fn());
});
afterEach(() => vi.unstubAllGlobals());

const TAB = expect.stringMatching(/^[0-9a-f]{32}$/) as string;

/** Of every emit so far: the JSON as values, whether it wants an acknowledgement, its delivery. */
function emits(core: typeof script.connection): unknown[][] {
  const calls = core.take().filter(([name]) => name === 'emit');
  return calls.map(([, , , json, , wantsAck, , , delivery = 0]) => [
    JSON.parse(json as string),
    wantsAck,
    delivery,
  ]);
}

describe('the_delivery_of_an_event', () => {
  test('is_that_of_the_socket_where_the_event_says_nothing', async () => {
    const { socket, core } = await connected({ delivery: 'at-least-once' });

    socket.volatile.emit('a');
    socket.emit('b');
    socket.delivery('at-most-once').emit('c');
    socket.emit('d');

    expect(emits(core)).toEqual([
      [['a'], false, 0],
      [['b'], false, 1],
      [['c'], false, 0],
      [['d'], false, 1],
    ]);
  });

  test('puts_what_is_for_exactly_once_into_an_envelope_and_asks_for_a_receipt', async () => {
    const { socket, core } = await connected();

    socket.delivery('exactly-once').emit('a', 1);
    void socket.delivery('exactly-once').emitWithAck('b', 2);
    socket.emit('c');

    const calls = emits(core);
    expect(calls).toEqual([
      [[ENVELOPE, { tab: TAB, n: 0, from: 0, ack: false }, 'a', 1], true, 2],
      [[ENVELOPE, { tab: TAB, n: 1, from: 0, ack: true }, 'b', 2], true, 2],
      [['c'], false, 0],
    ]);
    const tabs = calls.slice(0, 2).map(([json]) => (json as { tab: string }[])[1]?.tab);
    expect(tabs[0]).toBe(tabs[1]);
  });

  test('says_from_where_on_the_tab_still_waits', async () => {
    const { socket, core } = await connected({ delivery: 'exactly-once' });
    for (const name of ['a', 'b', 'c']) socket.timeout(10).emit(name, () => undefined);
    core.take();

    core.sink.acked(0, 1, '["ok"]', undefined);
    socket.emit('d');
    core.sink.ackFailed(0, 0, 'timeout', true);
    socket.emit('e');
    core.sink.acked(0, 2, '["ok"]', undefined);
    socket.emit('f');

    const heads = emits(core).map(([json]) => (json as unknown[])[1]);
    expect(heads).toEqual([
      { tab: TAB, n: 3, from: 0, ack: false },
      { tab: TAB, n: 4, from: 2, ack: false },
      { tab: TAB, n: 5, from: 3, ack: false },
    ]);
  });

  test('gives_the_app_the_values_behind_the_verdict', async () => {
    const { socket, core } = await connected({ delivery: 'exactly-once' });
    const answer = socket.emitWithAck('a');
    const callback = vi.fn();
    socket.emit('b', callback);

    core.sink.acked(0, 0, '["ok",7]', undefined);
    core.sink.acked(0, 1, '["ok",1,2]', undefined);

    expect(await answer).toBe(7);
    expect(callback.mock.calls).toEqual([[1, 2]]);
  });

  test.each([
    ['busy', 'rate_limited', false],
    ['past', 'delivery_unknown', true],
    ['lost', 'delivery_unknown', true],
    ['what?', 'delivery_unknown', true],
  ])('fails_if_the_verdict_is_%s', async (verdict, code, isUnknown) => {
    const { socket, core } = await connected({ delivery: 'exactly-once' });
    const answer = socket.emitWithAck('a').catch((error: unknown) => error);

    core.sink.acked(0, 0, JSON.stringify([verdict]), undefined);

    const error = (await answer) as TabcastError;
    expect([error.code, error instanceof DeliveryUnknown]).toEqual([code, isUnknown]);
  });

  test('that_fails_without_anybody_who_waits_is_an_error_of_the_manager', async () => {
    const { socket, core, log } = await connected({ delivery: 'exactly-once' });
    socket.emit('a');
    socket.emit('b');

    core.sink.acked(0, 0, '["ok"]', undefined);
    core.sink.ackFailed(0, 1, 'unsupported', false);

    expect(log).toEqual([['io.error', expect.objectContaining({ code: 'unsupported' })]]);
  });

  test('that_cannot_be_encoded_takes_no_place', async () => {
    const { socket, core } = await connected({ delivery: 'exactly-once' });

    expect(() => socket.emit('a', 1n)).toThrow('unable to encode');
    socket.emit('b');

    expect(emits(core)).toEqual([
      [[ENVELOPE, { tab: TAB, n: 1, from: 1, ack: false }, 'b'], true, 2],
    ]);
  });

  test.each(['timeout', 'disconnected', 'unknown'] as const)(
    'that_may_have_been_carried_out_and_failed_by_%s_is_unknown',
    async (why) => {
      const { socket, core } = await connected();
      const failures = [0, 1].map(() => socket.emitWithAck('a').catch((error: unknown) => error));

      core.sink.ackFailed(0, 0, why, true);
      core.sink.ackFailed(0, 1, why, false);

      const [unknown, known] = await Promise.all(failures);
      expect(unknown).toBeInstanceOf(DeliveryUnknown);
      expect(known).toBeInstanceOf(TabcastError);
      expect(known).not.toBeInstanceOf(DeliveryUnknown);
    },
  );
});

test('an_event_that_is_aborted_says_whether_it_may_have_been_carried_out', async () => {
  const { socket, core } = await connected();
  const given = new AbortController();
  const failures = [0, 1].map(() =>
    socket
      .signal(given.signal)
      .emitWithAck('a')
      .catch((error: unknown) => error),
  );
  core.doubtful.add(1);

  given.abort();

  const [known, unknown] = (await Promise.all(failures)) as TabcastError[];
  expect([known?.code, known instanceof DeliveryUnknown]).toEqual(['aborted', false]);
  expect([unknown?.code, unknown instanceof DeliveryUnknown]).toEqual(['aborted', true]);
});

describe('an_event_that_is_tried_again', () => {
  const options = { retries: 2, ackTimeout: 10, delivery: 'exactly-once' } as const;

  test('keeps_its_id_and_the_next_one_gets_another', async () => {
    const { socket, core } = await connected(options);
    socket.emit('a');
    socket.emit('b', () => undefined);

    core.sink.ackFailed(0, 0, 'timeout', true);
    core.sink.acked(0, 1, '["ok"]', undefined);

    const heads = emits(core).map(([json]) => (json as unknown[])[1]);
    expect(heads).toEqual([
      { tab: TAB, n: 0, from: 0, ack: false },
      { tab: TAB, n: 0, from: 0, ack: false },
      { tab: TAB, n: 1, from: 1, ack: true },
    ]);
  });

  test('is_left_to_the_core_when_the_connection_comes_back', async () => {
    const { socket, core } = await connected(options);
    socket.emit('a');

    core.sink.disconnected(0, 'transport close', undefined);
    core.sink.connected(0, 'sid-2', false);

    expect(emits(core).length).toBe(1);
  });
});

describe('drained', () => {
  /** Whether a promise has been resolved by now. */
  async function isDone(promise: Promise<void>): Promise<boolean> {
    return Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);
  }

  test('resolves_at_once_if_nothing_waits', async () => {
    const { socket } = await connected();

    await expect(socket.drained()).resolves.toBeUndefined();
  });

  test('waits_until_everything_was_handed_over_or_has_failed', async () => {
    const { socket, core } = await connected();
    socket.volatile.emit('a');
    socket.emit('b');
    socket.emit('c');
    const drained = socket.drained();

    core.sink.sent(0, 1);
    core.sink.ackFailed(0, 2, 'full', false);
    const before = await isDone(drained);
    core.sink.disconnected(0, 'transport close', undefined);

    expect(before).toBe(false);
    await drained;
  });

  test('waits_until_the_connection_has_room', async () => {
    const { socket, core } = await connected();
    core.sink.congested(true);
    socket.emit('a');
    core.sink.sent(0, 0);
    const drained = socket.drained();

    const before = await isDone(drained);
    core.sink.congested(false);

    expect(before).toBe(false);
    await drained;
  });
});
