import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as msgpack from 'socket.io-msgpack-parser';
import type { Payload } from '../src/core/connection.js';
import { ParserCodec, type Parser } from '../src/socket/codec.js';
import { connected, connecting } from './support/connect.js';
import { script } from './support/core.js';

let report: ReturnType<typeof vi.fn>;

beforeEach(() => {
  script.reset();
  report = vi.fn();
  vi.stubGlobal('reportError', report);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('retries', () => {
  test('send_one_event_at_a_time_and_the_next_when_it_is_answered', async () => {
    const { socket, core } = await connected({ retries: 1 });
    const answers: unknown[][] = [];
    core.take();

    socket.emit('a', (...args: unknown[]) => answers.push(args));
    socket.emit('b', (...args: unknown[]) => answers.push(args));
    const first = sent(core);
    core.sink.acked(0, 0, '["ok",1]', undefined);

    expect(first).toEqual(['["a"]']);
    expect(sent(core)).toEqual(['["b"]']);
    expect(answers).toEqual([[null, 'ok', 1]]);
  });

  test('repeat_an_event_whose_time_was_up_so_often_and_then_fail', async () => {
    const { socket, core } = await connected({ retries: 1, ackTimeout: 50 });
    const callback = vi.fn();
    core.take();

    socket.emit('a', callback);
    core.sink.ackFailed(0, 0, 'timeout', true);
    core.sink.ackFailed(0, 1, 'timeout', true);

    expect(sent(core)).toEqual(['["a"]', '["a"]']);
    expect(callback.mock.calls).toEqual([[expect.objectContaining({ code: 'timeout' })]]);
  });

  test('wait_for_the_connection_and_repeat_over_the_next_one', async () => {
    const { socket, core } = await connected({ retries: 3 });
    core.take();

    socket.emit('a');
    core.sink.disconnected(0, 'transport close', undefined);
    core.sink.ackFailed(0, 0, 'disconnected', true);
    const before = sent(core);
    core.sink.connected(0, 'sid-2', false);

    expect(before).toEqual(['["a"]']);
    expect(sent(core)).toEqual(['["a"]']);
  });

  test('do_not_hold_up_what_can_be_sent_behind_what_cannot', async () => {
    const { socket, core } = await connecting({ retries: 1 });
    const callback = vi.fn();
    socket.emit('a', 1n, callback).emit('b');

    core.sink.connected(0, 'sid-1', false);

    expect(callback.mock.calls).toEqual([[expect.objectContaining({ code: 'invalid' })]]);
    expect(sent(core)).toEqual(['["b"]']);
  });
});

describe('buffers', () => {
  test('show_what_waits_and_forget_what_is_taken_out', async () => {
    const { socket, core } = await connecting();
    const callback = vi.fn();
    socket.emit('a', 1).emit('b', callback);
    core.sink.event(0, '["early",{"x":1}]', undefined, -1);

    expect(socket.receiveBuffer).toEqual([['early', { x: 1 }]]);
    expect(socket.sendBuffer).toEqual([
      { type: 2, data: ['a', 1] },
      { type: 2, data: ['b'], id: 1 },
    ]);
    socket.sendBuffer = socket.sendBuffer.slice(0, 1);

    expect(socket.sendBuffer).toEqual([{ type: 2, data: ['a', 1] }]);
    expect(core.take().at(-1)).toEqual(['cancel', 0, 1]);
  });
});

describe('a signal', () => {
  test('ends_the_wait_for_an_answer_and_takes_back_what_is_not_sent', async () => {
    const { socket, core } = await connecting();
    const controller = new AbortController();
    const answer = socket.signal(controller.signal).emitWithAck('a');

    controller.abort('enough');

    await expect(answer).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(core.take().at(-1)).toEqual(['cancel', 0, 0]);
    expect(socket.sendBuffer).toEqual([]);
  });

  test('comes_too_late_behind_the_answer', async () => {
    const { socket, core } = await connected();
    const controller = new AbortController();
    const answer = socket.signal(controller.signal).emitWithAck('a');

    core.sink.acked(0, 0, '["yes"]', undefined);
    controller.abort();

    expect(await answer).toBe('yes');
    expect(core.take().map(([name]) => name)).not.toContain('cancel');
  });

  test('that_is_aborted_already_sends_nothing', async () => {
    const { socket, core } = await connected();
    core.take();

    await expect(socket.signal(AbortSignal.abort('no')).emitWithAck('a')).rejects.toBe('no');

    expect(core.take()).toEqual([]);
  });
});

describe('a refusal', () => {
  test('asks_the_app_once_more_if_it_wishes', async () => {
    const auth = vi.fn((provide: (data: object) => void) => provide({ token: 't' }));
    const { socket, core, log } = await connecting({ auth, retryRefused: true });

    core.sink.authWanted(1, 0, undefined, undefined, false);
    core.sink.connectError(0, '{"message":"expired"}', false);
    core.sink.authWanted(2, 0, undefined, undefined, false);

    const refused = expect.objectContaining({ code: 'refused', message: 'expired' });
    expect(auth.mock.calls.map(([, why]: unknown[]) => why)).toEqual([undefined, refused]);
    expect(core.take()).toEqual([
      ['provideAuth', 1, '{"token":"t"}'],
      ['connect', 0, '/'],
      ['provideAuth', 2, '{"token":"t"}'],
    ]);
    expect([log, socket.active]).toEqual([[], true]);
  });

  test('that_repeats_is_told', async () => {
    const auth = (provide: (data: object) => void): void => provide({});
    const { socket, core, log } = await connecting({ auth, retryRefused: true });

    core.sink.connectError(0, '{"message":"expired"}', false);
    core.sink.connectError(0, '{"message":"banned"}', false);

    expect(log.at(-1)).toEqual(['connect_error', expect.objectContaining({ message: 'banned' })]);
    expect(socket.active).toBe(false);
  });
});

describe('a parser of the app', () => {
  const parser: Parser = msgpack;
  const codec = (parser: Parser): ParserCodec => new ParserCodec(parser, () => undefined);

  test('reads_what_its_other_side_has_written', () => {
    const [sender, receiver] = [codec(parser), codec(parser)];
    const when = new Date(1_700_000_000_000);

    const packets = [
      sender.encode(0, '/', undefined, '{"token":"t"}'),
      sender.encode(2, '/a', 7, ['x', { when, bytes: new Uint8Array([1, 2]) }]),
      sender.encode(3, '/a', 7, []),
    ].map(([message]) => receiver.decode(message as ArrayBuffer));

    expect(packets[0]).toEqual([[0, '/', -1, '{"token":"t"}']]);
    const [type, nsp, id, payload] = packets[1]![0]!;
    const [name, value] = payload as [string, { when: Date; bytes: ArrayBuffer }];
    expect([type, nsp, id, name, value.when]).toEqual([2, '/a', 7, 'x', when]);
    expect([...new Uint8Array(value.bytes)]).toEqual([1, 2]);
    expect(packets[2]).toEqual([[3, '/a', 7, []]]);
  });

  test.each([
    ['no packet', new Uint8Array([0xc1]).buffer],
    ['a text', 'garbage'],
    ['a reserved name', message(2, ['connect'])],
    ['an event without a name', message(2, [])],
  ])('refuses_%s', (_what, garbage) => {
    expect(() => codec(parser).decode(garbage)).toThrow();
  });

  test('gets_the_values_as_they_are_and_gives_them_to_the_listeners', async () => {
    const { socket, core } = await connected({ parser });
    const seen: unknown[][] = [];
    const value = new Map([[1, 2n]]);
    socket.on('a', (...args: unknown[]) => seen.push(args));
    core.take();

    socket.emit('b', value);
    core.sink.event(0, ['a', value] as unknown as Payload, undefined, 3);
    (seen[0]![1] as (answer: unknown) => void)(value);

    expect(core.config.codec).toBeInstanceOf(ParserCodec);
    expect(seen).toEqual([[value, expect.any(Function)]]);
    const calls = core.take().map(([name, , , payload]) => [name, payload]);
    expect(calls).toEqual([
      ['emit', ['b', value]],
      ['acknowledge', [value]],
    ]);
  });

  function message(type: number, data: unknown): ArrayBuffer {
    const packet = { type, nsp: '/', data, options: {} };
    const [encoded] = new parser.Encoder().encode(packet) as [ArrayBuffer];
    return encoded;
  }
});

function sent(core: typeof script.connection): unknown[] {
  const emits = core.take().filter(([name]) => name === 'emit');
  return emits.map(([, , , json]) => json);
}
