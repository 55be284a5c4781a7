import { expect, test } from 'vitest';
import { call, collect, enter, errorCode, nextEvent, serve, sharedServer } from './harness.js';

const server = sharedServer();

/** For every acknowledged event, payloads that break the contract in one place each. */
const BAD: Record<string, unknown[]> = {
  'rt:hello': [
    { v: 2, device: 'Ann-device', kind: 'web', rooms: [] },
    { v: 1, device: 'another', kind: 'web', rooms: [] },
    { v: 1, device: 'Ann-device', kind: 'toaster', rooms: [] },
    { v: 1, device: 'Ann-device', kind: 'web', rooms: [{ roomId: '../etc' }] },
    { v: 1, device: 'Ann-device', kind: 'web', rooms: Array(101).fill({ roomId: 'general' }) },
  ],
  'room:join': [
    { roomId: 7 },
    { roomId: '' },
    { roomId: 'general', since: -1 },
    { roomId: 'general', limit: 0 },
    { roomId: 'general', epoch: 5 },
  ],
  'room:leave': [{ roomId: null }],
  'room:sync': [
    { roomId: 'general' },
    { roomId: 'general', from: 0 },
    { roomId: 'general', from: 1.5 },
    { roomId: 'general', from: 2 ** 53 },
    { roomId: 'general', from: 1, to: '9' },
  ],
  'room:history': [
    { roomId: 'general', before: 5 },
    { roomId: 'general', before: -1, limit: 1 },
    { roomId: 'general', before: 5, limit: NaN },
  ],
  'msg:send': [
    { roomId: 'general', cid: 'c' },
    { roomId: 'general', cid: '', text: 'x' },
    { roomId: 'general', cid: 'c'.repeat(65), text: 'x' },
    { roomId: 'general', cid: 'a b', text: 'x' },
    { roomId: 'general', cid: 'c', text: ['x'] },
    { roomId: 'general', cid: 'c', text: 'x', replyTo: 5 },
    { roomId: 'general', cid: 'c', text: 'x', meta: 'y'.repeat(2048) },
    { roomId: 'general', cid: 'c', text: 'x', meta: nested(1500) },
  ],
  'msg:edit': [
    { roomId: 'general', id: 'm', cid: 'c', text: 'x' },
    { roomId: 'general', id: '', cid: 'c', text: 'x', baseRev: 0 },
  ],
  'msg:del': [{ roomId: 'general', id: 'm' }],
  'presence:set': [{ state: 'asleep' }, { state: 'away', data: 'z'.repeat(2048) }],
  'presence:watch': [{ users: 'all', on: true }, { users: ['a b'], on: true }, { users: [] }],
};

const NEVER_A_PAYLOAD = [undefined, null, 0, 'text', [], [1], true, Buffer.from('bytes')];

test.each(Object.keys(BAD))('%s_answers_every_bad_payload_and_goes_on', async (event) => {
  const { client } = await enter(server.url, 'Ann');
  const exceptions = collect(client, 'exception');

  const answers: string[] = [];
  for (const payload of [...NEVER_A_PAYLOAD, ...(BAD[event] ?? [])]) {
    answers.push(errorCode(await call(client, event, payload)));
  }
  answers.push(errorCode(await call(client, event)));
  answers.push(errorCode(await call(client, event, {}, {})));

  expect(new Set(answers)).toEqual(new Set(['invalid']));
  expect(exceptions).toEqual([]);
  expect(errorCode(await call(client, 'room:join', { roomId: 'general' }))).toBe('ok');
});

test('refusal_names_the_field', async () => {
  const { client } = await enter(server.url, 'Ann');

  const answer = await call(client, 'room:join', { roomId: 'general', limit: 0 });

  expect(answer).toMatchObject({
    ok: false,
    error: {
      code: 'invalid',
      message: expect.stringMatching(/^unable to read the payload; limit: /),
      retryable: false,
    },
    ts: expect.any(Number),
  });
});

test('event_without_callback_is_served_or_dropped', async () => {
  const { client } = await enter(server.url, 'Ann');

  (client as { emit(event: string, ...args: unknown[]): unknown }).emit('msg:send', {
    nonsense: 1,
  });

  expect(errorCode(await call(client, 'room:join', { roomId: 'general' }))).toBe('ok');
});

test('payload_nested_beyond_what_can_be_walked_does_no_harm', async () => {
  const { client } = await enter(server.url, 'Ann');
  const meta = '['.repeat(50_000) + ']'.repeat(50_000);
  const engine = client.io.engine as unknown as { write(packet: string): void };

  engine.write(`2/rt,9["msg:send",{"roomId":"general","cid":"c","text":"x","meta":${meta}}]`);

  expect(errorCode(await call(client, 'room:join', { roomId: 'general' }))).toBe('ok');
});

test('packet_beyond_the_limit_ends_only_its_own_connection', async () => {
  const [ann, bob] = [await enter(server.url, 'Ann'), await enter(server.url, 'Bob')];
  const gone = nextEvent<string>(ann.client, 'disconnect');

  (ann.client as { emit(event: string, ...args: unknown[]): unknown }).emit('msg:send', {
    ...{ roomId: 'general', cid: 'c', text: 'x'.repeat(200_000) },
  });

  expect(await gone).toBe('transport close');
  expect(errorCode(await call(bob.client, 'room:join', { roomId: 'general' }))).toBe('ok');
});

test('too_many_sends_are_refused_with_a_time_to_wait', async () => {
  const { url } = await serve({ SEND_PER_SEC: '1' });
  const { client } = await enter(url, 'Ann');
  await call(client, 'room:join', { roomId: 'general' });

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      call(client, 'msg:send', { roomId: 'general', cid: `c${i}`, text: 'x' }),
    ),
  );

  expect(answers.slice(0, 4).map(errorCode)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(answers.at(-1)).toMatchObject({
    error: { code: 'rate_limited', retryable: true, retryAfterMs: expect.any(Number) },
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}
