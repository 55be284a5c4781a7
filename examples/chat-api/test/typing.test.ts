import type { TypingEvent } from 'tabcast/contract';
import { expect, test } from 'vitest';
import {
  call,
  type Client,
  collect,
  cut,
  data,
  enter,
  join,
  nextEvent,
  sharedServer,
} from './harness.js';

const server = sharedServer();

test('typing_is_told_to_the_room_but_not_to_the_connection_that_types', async () => {
  const [ann, bob, carl] = await entered('Ann', 'Bob', 'Carl');
  await joinAll(ann.client, bob.client);
  const own = collect(ann.client, 'typing');
  const outside = collect(carl.client, 'typing');
  const heard = nextEvent<TypingEvent>(bob.client, 'typing');

  ann.client.emit('typing', { roomId: 'general', on: true });
  const event = await heard;
  const stopped = nextEvent<TypingEvent>(bob.client, 'typing');
  ann.client.emit('typing', { roomId: 'general', on: false });

  const who = { roomId: 'general', user: ann.user.id, device: ann.device };
  expect(event).toEqual({ ...who, on: true, ttl: 7000 });
  expect(await stopped).toEqual({ ...who, on: false, ttl: 0 });
  expect(own).toEqual([]);
  expect(outside).toEqual([]);
});

test('newcomer_sees_who_is_typing_until_a_message_comes', async () => {
  const [ann, bob] = await entered('Ann', 'Bob');
  await joinAll(ann.client, bob.client);
  ann.client.emit('typing', { roomId: 'general', on: true });
  await nextEvent(bob.client, 'typing');

  const during = await join(bob.client);
  data(await call(ann.client, 'msg:send', { roomId: 'general', cid: 'c', text: 'done' }));
  const after = await join(bob.client);

  expect(during.typing).toEqual([
    { user: ann.user.id, device: ann.device, ttl: expect.any(Number) },
  ]);
  expect(during.typing[0]?.ttl).toBeGreaterThan(0);
  expect(during.typing[0]?.ttl).toBeLessThanOrEqual(7000);
  expect(after.typing).toEqual([]);
});

test('broken_connection_ends_the_typing_of_its_device', async () => {
  const [ann, bob] = await entered('Ann', 'Bob');
  await joinAll(ann.client, bob.client);
  ann.client.emit('typing', { roomId: 'general', on: true });
  await nextEvent(bob.client, 'typing');
  const stopped = nextEvent<TypingEvent>(bob.client, 'typing');

  await cut(ann.client);

  expect(await stopped).toMatchObject({ user: ann.user.id, on: false });
});

test('connection_that_took_over_keeps_its_device_typing', async () => {
  const [ann, bob] = await entered('Ann', 'Bob');
  await joinAll(ann.client, bob.client);
  ann.client.emit('typing', { roomId: 'general', on: true });
  await nextEvent(bob.client, 'typing');
  const next = await enter(server.url, 'Ann', ann.device);
  await join(next.client);
  next.client.emit('typing', { roomId: 'general', on: true });
  await nextEvent(bob.client, 'typing');
  const heard = collect<TypingEvent>(bob.client, 'typing');

  await cut(ann.client);
  await expect.poll(async () => (await connections()) === 2).toBe(true);

  expect(heard).toEqual([]);
  expect((await join(bob.client)).typing).toHaveLength(1);
});

test('leaving_a_room_ends_typing_in_it', async () => {
  const [ann, bob] = await entered('Ann', 'Bob');
  await joinAll(ann.client, bob.client);
  ann.client.emit('typing', { roomId: 'general', on: true });
  await nextEvent(bob.client, 'typing');
  const stopped = nextEvent<TypingEvent>(bob.client, 'typing');

  data(await call(ann.client, 'room:leave', { roomId: 'general' }));

  expect(await stopped).toMatchObject({ user: ann.user.id, on: false });
});

test('typing_outside_of_a_room_or_with_a_bad_payload_is_dropped', async () => {
  const [ann, bob] = await entered('Ann', 'Bob');
  await join(bob.client);
  const heard = collect(bob.client, 'typing');
  const exceptions = collect(ann.client, 'exception');

  ann.client.emit('typing', { roomId: 'general', on: true });
  for (const bad of [null, 7, { roomId: 'general' }, { roomId: {}, on: 1 }]) {
    ann.client.emit('typing', bad as never);
  }
  await call(ann.client, 'presence:watch', { users: [], on: true });
  await call(bob.client, 'presence:watch', { users: [], on: true });

  expect(heard).toEqual([]);
  expect(exceptions).toEqual([]);
});

type Entered = Awaited<ReturnType<typeof enter>>;

async function entered(...names: [string, string]): Promise<[Entered, Entered]>;
async function entered(...names: [string, string, string]): Promise<[Entered, Entered, Entered]>;
async function entered(...names: string[]): Promise<Entered[]> {
  return Promise.all(names.map((name) => enter(server.url, name)));
}

async function joinAll(...clients: Client[]): Promise<void> {
  for (const client of clients) await join(client);
}

async function connections(): Promise<number> {
  const stats = (await (await fetch(`${server.url}/api/stats`)).json()) as { connections: number };
  return stats.connections;
}
