import type { StreamEvents } from 'tabcast/contract';
import { expect, test } from 'vitest';
import { nextOf, openStream, type Stream, type StreamEvent } from './event-source.js';
import { call, enter, join, login, send, sharedServer } from './harness.js';

const server = sharedServer({ SSE_HEARTBEAT_MS: '300', SEND_PER_SEC: '1000' });

test('stream_begins_with_its_place_and_who_is_there', async () => {
  const { client, token, user } = await enter(server.url, 'Ann');
  await join(client);
  const { seq } = await send(client, 'before');

  const stream = await openStream(streamUrl('general,random'), bearer(token));
  const [ready, presence] = [await stream.next(), await stream.next()];

  const { headers } = stream.response;
  expect(headers.get('content-type')).toBe('text/event-stream');
  expect(headers.get('x-accel-buffering')).toBe('no');
  expect(headers.get('cache-control')).toContain('no-transform');
  expect(headers.get('content-encoding')).toBeNull();
  expect(stream.retry).toEqual([2000]);
  const { rooms } = ready.data as StreamEvents['rt-ready'];
  expect(ready).toMatchObject({ type: 'rt-ready', data: { rooms: { general: seq } } });
  expect(ready.id).toMatch(new RegExp(`^[\\w-]+;general=${seq};random=${rooms['random']}$`));
  expect(presence).toMatchObject({
    type: 'presence',
    id: ready.id,
    data: { full: true, users: { [user.id]: 'online' } },
  });
});

test('stream_tells_ops_and_presence_as_they_come', async () => {
  const { client, token, user } = await enter(server.url, 'Ann');
  await join(client);
  const stream = await openStream(`${streamUrl('general')}&access_token=${token}`);
  await stream.next();
  await stream.next();

  const sent = await send(client, 'line one\nline two');
  const op = await stream.next();
  await call(client, 'presence:set', { state: 'dnd' });
  const presence = await stream.next();

  expect(op).toMatchObject({
    type: 'room:op',
    id: expect.stringMatching(new RegExp(`;general=${sent.seq}$`)),
    data: { roomId: 'general', op: { t: 'msg', seq: sent.seq, m: sent } },
  });
  expect(presence).toEqual({ type: 'presence', id: op.id, data: { users: { [user.id]: 'dnd' } } });
});

test.each(['header', 'parameter'])('stream_resumes_by_%s_without_loss_or_double', async (way) => {
  const { client, token } = await enter(server.url, 'Ann');
  await join(client);
  const first = await openStream(streamUrl('general'), bearer(token));
  await first.next();
  const before = await send(client, 'seen');
  const seen = await nextOp(first);
  first.close();
  const missed = [await send(client, 'missed 1'), await send(client, 'missed 2')];

  const second =
    way === 'header'
      ? await openStream(streamUrl('general'), { ...bearer(token), 'Last-Event-ID': seen.id })
      : await openStream(
          `${streamUrl('general')}&lastEventId=${encodeURIComponent(seen.id)}`,
          bearer(token),
        );
  const ready = await second.next();
  const resumed = [await nextOp(second), await nextOp(second)];
  const live = await send(client, 'live');

  expect(ready).toMatchObject({ type: 'rt-ready', data: { rooms: { general: before.seq } } });
  expect(resumed.map(({ data }) => data.op.seq)).toEqual(missed.map(({ seq }) => seq));
  expect((await nextOp(second)).data.op.seq).toBe(live.seq);
});

test('burst_of_ops_is_told_completely_and_in_order', async () => {
  const { client, token } = await enter(server.url, 'Ann');
  await join(client);
  const stream = await openStream(streamUrl('general'), bearer(token));
  await stream.next();

  const sent = await Promise.all(Array.from({ length: 120 }, (_, i) => send(client, `burst ${i}`)));
  const told: number[] = [];
  while (told.length < 120) told.push((await nextOp(stream)).data.op.seq);

  expect(told).toEqual(sent.map(({ seq }) => seq).sort((a, b) => a - b));
});

test.each([
  ['1-0', 'unknown'],
  ['other-epoch;general=1', 'unknown'],
  ['é', 'unknown'],
])('stream_that_cannot_resume_%s_says_so_and_goes_on_live', async (id, reason) => {
  const { client, token } = await enter(server.url, 'Ann');
  await join(client);
  const { seq } = await send(client, 'before');

  const stream = await openStream(
    `${streamUrl('general')}&lastEventId=${encodeURIComponent(id)}`,
    bearer(token),
  );
  const reset = await stream.next();
  const live = await send(client, 'live');

  expect(reset).toMatchObject({ type: 'rt-reset', data: { reason, rooms: { general: seq } } });
  expect((await nextOp(stream)).data.op.seq).toBe(live.seq);
});

test('id_that_is_too_old_or_from_the_future_is_not_resumed', async () => {
  const { client, token } = await enter(server.url, 'Ann');
  await call(client, 'room:join', { roomId: 'random' });
  for (let i = 0; i < 501; i += 1) await send(client, `m${i}`, {}, 'random');
  const probe = await openStream(streamUrl('random'), bearer(token));
  const [epoch] = (await probe.next()).id.split(';');
  const reasonFor = async (seq: number): Promise<unknown> => {
    const headers = { ...bearer(token), 'Last-Event-ID': `${epoch};random=${seq}` };
    const { type, data } = await (await openStream(streamUrl('random'), headers)).next();
    return type === 'rt-reset' ? (data as StreamEvents['rt-reset']).reason : type;
  };

  expect([await reasonFor(1), await reasonFor(3), await reasonFor(9999)]).toEqual([
    'too_old',
    'rt-ready',
    'unknown',
  ]);
});

test('notifications_tell_of_messages_in_rooms_that_are_not_streamed', async () => {
  const ann = await enter(server.url, 'Ann');
  const bob = await enter(server.url, 'Bob');
  for (const { client } of [ann, bob]) await join(client);
  await join(ann.client, 'random');
  const stream = await openStream(`${streamUrl('random')}&notify=true`, bearer(bob.token));

  await send(bob.client, 'my own');
  await send(ann.client, 'streamed', {}, 'random');
  const op = await nextOp(stream);
  const { id, seq } = await send(ann.client, `${'😀'.repeat(139)}…!`);
  const notify = await nextOf(stream, 'notify');

  expect(op.data.op).toMatchObject({ m: { text: 'streamed' } });
  expect(notify.data).toEqual({
    ...{ id, roomId: 'general', seq, from: ann.user.id, title: 'Ann' },
    body: `${'😀'.repeat(139)}…`,
  });
  expect(notify.id).toContain(`general=${seq}`);
});

test('notifications_are_resumed_and_new_rooms_join_them', async () => {
  const ann = await enter(server.url, 'Ann');
  const bob = await enter(server.url, 'Notified Bob');
  await join(ann.client);
  await join(ann.client, 'support');
  await join(bob.client);
  const url = `${streamUrl('')}&notify=true`;
  const first = await openStream(url, bearer(bob.token));
  const ready = await first.next();
  first.close();
  const missed = await send(ann.client, 'missed');

  const second = await openStream(url, { ...bearer(bob.token), 'Last-Event-ID': ready.id });
  const told = await nextOf(second, 'notify');
  await send(ann.client, 'not a member', {}, 'support');
  await send(ann.client, 'member');
  const member = await nextOf(second, 'notify');
  await join(bob.client, 'support');
  const later = await send(ann.client, 'member now', {}, 'support');

  expect(told.data).toMatchObject({ seq: missed.seq, body: 'missed' });
  expect(member.data.body).toBe('member');
  expect((await nextOf(second, 'notify')).data).toMatchObject({ id: later.id, roomId: 'support' });
});

test('quiet_stream_has_a_heartbeat', async () => {
  const { token } = await login(server.url, 'Ann');
  const stream = await openStream(streamUrl('support'), bearer(token));
  await stream.next();
  const reading = stream.next().then(() => stream.next());
  reading.catch(() => 'the test ends before the next event');

  await expect.poll(() => stream.comments.length).toBeGreaterThanOrEqual(2);
  expect(new Set(stream.comments)).toEqual(new Set(['hb']));
});

test('stream_is_refused_with_a_typed_error', async () => {
  const { token } = await login(server.url, 'Ann');
  const refusal = async (url: string, headers = {}): Promise<[number, string]> => {
    const response = await fetch(url, { headers });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };

  expect([
    await refusal(streamUrl('general')),
    await refusal(streamUrl('general'), bearer('nonsense')),
    await refusal(streamUrl('nowhere'), bearer(token)),
    await refusal(streamUrl('../etc'), bearer(token)),
    await refusal(`${server.url}/api/rooms?access_token=${token}`),
  ]).toEqual([
    [401, 'unauthorized'],
    [401, 'unauthorized'],
    [404, 'not_found'],
    [400, 'invalid'],
    [401, 'unauthorized'],
  ]);
});

test('streams_of_a_user_are_counted_and_limited', async () => {
  const { token } = await login(server.url, 'Many');
  const streams = await Promise.all(
    Array.from({ length: 32 }, () => openStream(streamUrl(''), bearer(token))),
  );
  const count = async (): Promise<number> =>
    ((await (await fetch(`${server.url}/api/stats`)).json()) as { streams: number }).streams;

  const oneMore = await fetch(streamUrl(''), { headers: bearer(token) });
  await expect.poll(count).toBe(32);
  for (const stream of streams) stream.close();

  expect(oneMore.status).toBe(429);
  expect(oneMore.headers.get('retry-after')).toBe('5');
  await expect.poll(count).toBe(0);
});

function streamUrl(rooms: string): string {
  return `${server.url}/rt/stream?rooms=${rooms}`;
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

function nextOp(stream: Stream): Promise<StreamEvent & { data: StreamEvents['room:op'] }> {
  return nextOf(stream, 'room:op');
}
