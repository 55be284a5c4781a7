import { randomUUID } from 'node:crypto';
import type {
  Ack,
  PresenceDiff,
  RenewReply,
  RoomOpEvent,
  RoomSnapshot,
  TypingEvent,
  WireMessage,
} from 'tabcast/contract';
import { expect, test } from 'vitest';
import { openStream } from './event-source.js';
import {
  collect,
  data,
  enter,
  errorCode,
  join,
  login,
  nextEvent,
  send,
  serve,
  sharedServer,
  watch,
} from './harness.js';
import { enterByLink, openLink } from './link-client.js';

const server = sharedServer({ PRESENCE_GRACE_MS: '300' });

test('link_and_socket_in_one_room_hear_each_other', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  const bob = await enterByLink(server.url, 'Bob', ['general']);
  const heard = nextEvent<RoomOpEvent>(
    ann.client,
    'room:op',
    ({ op }) => op.t === 'msg' && op.m.from === bob.user.id,
  );

  const sent = await send(ann.client, 'from the socket');
  const told = await bob.link.next('room:op', isMessage);
  const answer = await bob.link.call<WireMessage>('msg:send', {
    ...{ roomId: 'general', cid: randomUUID(), text: 'from the link' },
  });

  expect(bob.hello).toMatchObject({ user: bob.user.id, rooms: [{ roomId: 'general' }] });
  expect(told).toMatchObject({ roomId: 'general', op: { t: 'msg', seq: sent.seq, m: sent } });
  expect((await heard).op).toMatchObject({ m: data(answer) });
});

test('typing_and_presence_flow_both_ways_over_a_link', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  const bob = await enterByLink(server.url, 'Bob', ['general']);
  await watch(ann.client, bob.user.id);
  const typing = nextEvent<TypingEvent>(ann.client, 'typing');
  const presence = nextEvent<PresenceDiff>(ann.client, 'presence');

  const watched = await bob.link.call('presence:watch', { users: [ann.user.id], on: true });
  await bob.link.call('typing', { roomId: 'general', on: true });
  await bob.link.call('presence:set', { state: 'dnd' });
  ann.client.emit('typing', { roomId: 'general', on: true });
  const told = await bob.link.next('typing');
  ann.client.emit('presence:set', { state: 'away' }, () => undefined);
  const diff = await bob.link.next('presence');

  expect(data(watched)).toMatchObject({ users: { [ann.user.id]: [{ state: 'online' }] } });
  expect(await typing).toMatchObject({ user: bob.user.id, on: true });
  expect((await presence).joins[bob.user.id]).toMatchObject([{ state: 'dnd' }]);
  expect(told).toEqual({
    ...{ roomId: 'general', user: ann.user.id, device: ann.device, on: true, ttl: 7000 },
  });
  expect(diff.joins[ann.user.id]).toMatchObject([{ state: 'away' }]);
});

test('link_that_closes_stops_typing_and_leaves_after_the_grace', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  const bob = await enterByLink(server.url, 'Bob', ['general']);
  await watch(ann.client, bob.user.id);
  await bob.link.call('typing', { roomId: 'general', on: true });
  const stopped = nextEvent<TypingEvent>(ann.client, 'typing', ({ on }) => !on);
  const left = nextEvent<PresenceDiff>(ann.client, 'presence');

  bob.link.close();

  expect(await stopped).toMatchObject({ user: bob.user.id, on: false });
  expect((await left).leaves).toEqual({ [bob.user.id]: [bob.hello.session] });
});

test('link_that_moves_to_a_socket_does_not_leave', async () => {
  const ann = await enter(server.url, 'Ann');
  const bob = await enterByLink(server.url, 'Bob');
  await watch(ann.client, bob.user.id);
  const heard = collect<PresenceDiff>(ann.client, 'presence');

  bob.link.close();
  const moved = await enter(server.url, 'Bob', 'Bob-link');
  moved.client.disconnect();
  const gone = (): string[] => heard.flatMap((diff) => diff.leaves[bob.user.id] ?? []).sort();
  await expect.poll(gone).toEqual([bob.hello.session, moved.hello.session].sort());

  expect(heard[0]?.joins[bob.user.id]).toMatchObject([{ ref: moved.hello.session }]);
});

test('room_that_was_left_is_not_told_any_more', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  await join(ann.client, 'random');
  const { link } = await enterByLink(server.url, 'Bob', ['general', 'random']);

  await link.call('room:leave', { roomId: 'general' });
  await send(ann.client, 'not heard');
  await send(ann.client, 'heard', {}, 'random');

  expect(await link.next('room:op', isMessage)).toMatchObject({
    roomId: 'random',
    op: { m: { text: 'heard' } },
  });
});

test('link_that_opens_again_replaces_the_first_and_begins_anew', async () => {
  const { token } = await login(server.url, 'Bob');
  const first = await openLink(server.url, token, 'same');
  const ended = expect(first.next('room:op')).rejects.toThrow('the stream has ended');

  const second = await openLink(server.url, token, 'same');
  await ended;
  const snapshot = await second.call<RoomSnapshot>('room:join', { roomId: 'general' });

  expect(data(snapshot).roomId).toBe('general');
});

test('link_is_told_that_its_token_ends_and_a_newer_one_keeps_it', async () => {
  const { url } = await serve({ TOKEN_TTL_SEC: '5', AUTH_WARNING_MS: '4000' });
  const [kept, left] = [await login(url, 'Ann'), await login(url, 'Bob')];
  const [keptLink, leftLink] = [
    await openLink(url, kept.token, 'ann'),
    await openLink(url, left.token, 'bob'),
  ];
  const ended = expect(leftLink.next('room:op')).rejects.toThrow('the stream has ended');

  const { expiresAt } = await keptLink.next('auth:expiring');
  const { token } = (await (
    await fetch(`${url}/api/renew`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${kept.token}` },
    })
  ).json()) as RenewReply;
  const renewed = await keptLink.call<{ expiresAt: number }>('auth:refresh', { token });
  await ended;
  const again = await keptLink.next('auth:expiring');

  expect(data(renewed).expiresAt).toBeGreaterThan(expiresAt);
  expect(again.expiresAt).toBe(data(renewed).expiresAt);
});

test('calls_of_a_link_are_refused_as_those_of_a_socket', async () => {
  const { link } = await enterByLink(server.url, 'Bob');

  const refused: Ack<unknown>[] = [
    await link.call('room:explode', {}),
    await link.call('constructor', {}),
    await link.call('msg:send', { roomId: 'general', cid: 'c' }),
    await link.call('room:join', { roomId: 'nowhere' }),
    await link.call('presence:set', { state: 'asleep' }),
  ];

  expect(refused.map(errorCode)).toEqual(['invalid', 'invalid', 'invalid', 'not_found', 'invalid']);
});

test('calls_without_an_open_stream_are_refused', async () => {
  const { link } = await enterByLink(server.url, 'Bob');
  link.close();

  await expect
    .poll(async () => errorCode(await link.call('room:leave', { roomId: 'general' })))
    .toBe('unavailable');
});

test('link_of_another_user_cannot_be_called', async () => {
  await enterByLink(server.url, 'Bob');
  const { token } = await login(server.url, 'Eve');
  const response = await fetch(`${server.url}/rt/cmd`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ connection: 'Bob-link', event: 'room:leave', payload: { roomId: 'x' } }),
  });

  expect(response.status).toBe(200);
  expect(errorCode((await response.json()) as Ack<unknown>)).toBe('unavailable');
});

test('link_calls_are_limited', async () => {
  const { url } = await serve({ SEND_PER_SEC: '1' });
  const { link } = await enterByLink(url, 'Bob', ['general']);
  const request = () => ({ roomId: 'general', cid: randomUUID(), text: 'flood' });

  const answers = [];
  for (let i = 0; i < 5; i += 1) answers.push(await link.call('msg:send', request()));

  expect(answers.map(errorCode)).toEqual(['ok', 'ok', 'ok', 'ok', 'rate_limited']);
});

test('client_that_does_not_read_loses_its_link_and_not_the_server_its_memory', async () => {
  const { url } = await serve({ SEND_PER_SEC: '10000', SSE_HEARTBEAT_MS: '100' });
  const ann = await enter(url, 'Ann');
  await join(ann.client);
  const { token } = await login(url, 'Bob');
  const stream = await openStream(`${url}/rt/link?device=slow&connection=slow&v=1`, {
    Authorization: `Bearer ${token}`,
  });
  await post(url, token, 'slow', 'room:join', { roomId: 'general' });
  const count = async (): Promise<number> =>
    ((await (await fetch(`${url}/api/stats`)).json()) as { streams: number }).streams;

  const text = 'x'.repeat(16_000);
  await expect
    .poll(
      async () => {
        await Promise.all(Array.from({ length: 200 }, () => send(ann.client, text)));
        return count();
      },
      { timeout: 60_000 },
    )
    .toBe(0);

  expect(stream.response.status).toBe(200);
});

function isMessage({ op }: RoomOpEvent): boolean {
  return op.t === 'msg';
}

async function post(
  url: string,
  token: string,
  connection: string,
  event: string,
  payload: unknown,
): Promise<void> {
  await fetch(`${url}/rt/cmd`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ connection, event, payload }),
  });
}
