import type { PresenceDiff } from 'tabcast/contract';
import { expect, test } from 'vitest';
import {
  call,
  collect,
  cut,
  data,
  enter,
  errorCode,
  nextEvent,
  sharedServer,
  watch,
} from './harness.js';

const GRACE_MS = 1500;
const server = sharedServer({ PRESENCE_GRACE_MS: String(GRACE_MS) });

test('watcher_gets_who_is_there_and_what_changes', async () => {
  const bob = await enter(server.url, 'Bob A');
  const ann = await enter(server.url, 'Ann A');

  const before = await watch(bob.client, ann.user.id, 'nobody');
  const changed = nextEvent<PresenceDiff>(bob.client, 'presence');
  const set = data(
    await call<{ ref: string }>(ann.client, 'presence:set', {
      state: 'away',
      data: { at: 'desk' },
    }),
  );

  const meta = { ref: ann.hello.session, device: ann.device, kind: 'web' };
  expect(before).toEqual({
    [ann.user.id]: [{ ...meta, state: 'online', activeAt: expect.any(Number) }],
    nobody: [],
  });
  expect(set).toEqual({ ref: meta.ref });
  expect(await changed).toEqual({
    joins: {
      [ann.user.id]: [
        { ...meta, state: 'away', activeAt: expect.any(Number), data: { at: 'desk' } },
      ],
    },
    leaves: {},
  });
});

test('explicit_disconnect_is_a_leave_at_once', async () => {
  const { bob, ann } = await watched('B');
  const left = nextEvent<PresenceDiff>(bob.client, 'presence');
  const start = performance.now();

  ann.client.disconnect();

  expect(await left).toEqual({ joins: {}, leaves: { [ann.user.id]: [ann.hello.session] } });
  expect(performance.now() - start).toBeLessThan(GRACE_MS);
});

test('broken_connection_is_a_leave_after_the_grace', async () => {
  const { bob, ann } = await watched('C');
  const left = nextEvent<PresenceDiff>(bob.client, 'presence');
  const start = performance.now();

  await cut(ann.client);
  const during = await watch(bob.client, ann.user.id);

  expect(during[ann.user.id]).toHaveLength(1);
  expect(await left).toEqual({ joins: {}, leaves: { [ann.user.id]: [ann.hello.session] } });
  expect(performance.now() - start).toBeGreaterThanOrEqual(GRACE_MS - 10);
});

test('device_that_comes_back_within_the_grace_replaces_its_entry_in_one_step', async () => {
  const { bob, ann } = await watched('D');
  const heard = collect<PresenceDiff>(bob.client, 'presence');

  await cut(ann.client);
  const again = await enter(server.url, 'Ann D', ann.device);
  const marker = nextEvent(bob.client, 'presence', (diff: PresenceDiff) =>
    Boolean(diff.leaves[again.user.id]?.includes(again.hello.session)),
  );
  again.client.disconnect();
  await marker;

  expect(heard).toEqual([
    {
      joins: { [ann.user.id]: [expect.objectContaining({ ref: again.hello.session })] },
      leaves: { [ann.user.id]: [ann.hello.session] },
    },
    { joins: {}, leaves: { [ann.user.id]: [again.hello.session] } },
  ]);
});

test('second_device_of_a_user_is_an_entry_of_its_own', async () => {
  const { bob, ann } = await watched('E');
  const joined = nextEvent<PresenceDiff>(bob.client, 'presence');
  const phone = await enter(server.url, 'Ann E', 'phone');
  await joined;
  const left = nextEvent<PresenceDiff>(bob.client, 'presence');

  ann.client.disconnect();
  await left;
  const rest = await watch(bob.client, ann.user.id);

  expect(rest[ann.user.id]?.map(({ ref }) => ref)).toEqual([phone.hello.session]);
});

test('repeated_hello_keeps_the_entry', async () => {
  const ann = await enter(server.url, 'Ann F');

  const again = await call<{ session: string }>(ann.client, 'rt:hello', {
    ...{ v: 1, device: ann.device, kind: 'mobile', rooms: [] },
  });
  const { [ann.user.id]: metas } = await watch(ann.client, ann.user.id);

  expect(data(again).session).toBe(ann.hello.session);
  expect(metas).toMatchObject([{ ref: ann.hello.session, kind: 'mobile' }]);
});

test('who_no_longer_watches_hears_nothing', async () => {
  const { bob, ann } = await watched('G');
  const heard = collect(bob.client, 'presence');

  data(await call(bob.client, 'presence:watch', { users: [ann.user.id], on: false }));
  data(await call(ann.client, 'presence:set', { state: 'dnd' }));
  await watch(bob.client);

  expect(heard).toEqual([]);
});

test('number_of_watched_users_is_limited', async () => {
  const { client } = await enter(server.url, 'Ann H');
  const users = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `u-${from + i}`);

  const answers: string[] = [];
  for (let from = 0; from < 1000; from += 200) {
    answers.push(
      errorCode(await call(client, 'presence:watch', { users: users(from, 200), on: true })),
    );
  }
  answers.push(errorCode(await call(client, 'presence:watch', { users: ['one-more'], on: true })));
  answers.push(errorCode(await call(client, 'presence:watch', { users: users(0, 201), on: true })));

  expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'too_large', 'invalid']);
});

test('user_id_that_is_a_property_of_every_object_does_no_harm', async () => {
  const { client } = await enter(server.url, 'Ann I');

  const answer = await watch(client, '__proto__', 'constructor');

  expect(Object.keys(answer).sort()).toEqual(['__proto__', 'constructor']);
});

async function watched(suffix: string) {
  const bob = await enter(server.url, `Bob ${suffix}`);
  const ann = await enter(server.url, `Ann ${suffix}`);
  await watch(bob.client, ann.user.id);
  return { bob, ann };
}
