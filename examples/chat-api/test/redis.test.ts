import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type {
  PresenceDiff,
  RoomOpEvent,
  RoomSnapshot,
  StreamEvents,
  TypingEvent,
} from 'tabcast/contract';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RunningServer } from '../src/app.js';
import { PgliteDatabase } from '../src/storage/pglite-database.js';
import { nextOf, openStream } from './event-source.js';
import {
  call,
  collect,
  cut,
  data,
  enter,
  errorCode,
  join,
  login,
  nextEvent,
  send,
  serve,
  watch,
} from './harness.js';
import { enterByLink, openLink } from './link-client.js';

// Both nodes of a test share one embedded database instead of a PostgreSQL server.
const shared = vi.hoisted(() => ({ database: undefined as unknown }));
vi.mock('../src/storage/postgres-database.js', () => ({
  PostgresDatabase: class {
    constructor() {
      return shared.database as object;
    }
  },
}));

const installed = spawnSync('redis-server', ['--version']).status === 0;
if (!installed)
  console.warn('SKIPPED: tests of several nodes, because redis-server is not installed');

const GRACE_MS = 1500;

describe.skipIf(!installed)('two nodes behind one Redis', () => {
  let redis: { process: ChildProcess; port: number };
  let database: PgliteDatabase;

  beforeAll(async () => {
    redis = await startRedis();
    database = await PgliteDatabase.open(null);
    // A node that ends must leave the database to the other.
    shared.database = Object.assign(Object.create(database), { close: async () => undefined });
  });

  afterAll(async () => {
    redis.process.kill();
    await database.close();
  });

  test('messages_of_both_nodes_share_one_order', async () => {
    const [one, two] = await nodes();
    const [ann, bob] = [await enter(one.url, 'Ann'), await enter(two.url, 'Bob')];
    await join(ann.client);
    const { head } = await join(bob.client);
    const heard = [ann, bob].map(({ client }) => collect<RoomOpEvent>(client, 'room:op'));
    const later = () => heard.map((ops) => ops.map(({ op }) => op.seq).filter((seq) => seq > head));

    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, i) => send((i % 2 ? ann : bob).client, `m${i}`)),
    );
    await expect.poll(() => later().map((seqs) => seqs.length)).toEqual([20, 20]);

    const expected = Array.from({ length: 20 }, (_, i) => head + 1 + i);
    const sorted = (seqs: number[]) => seqs.sort((a, b) => a - b);
    expect(sorted(sent.map(({ seq }) => seq))).toEqual(expected);
    expect(later().map(sorted)).toEqual([expected, expected]);
  });

  test('send_repeated_on_the_other_node_is_stored_once', async () => {
    const [one, two] = await nodes();
    const [ann, again] = [await enter(one.url, 'Ann'), await enter(two.url, 'Ann', 'other')];
    await join(ann.client);
    const cid = randomUUID();

    const [first, second] = await Promise.all([
      send(ann.client, 'once', { cid }),
      send(again.client, 'once', { cid }),
    ]);

    expect(second).toEqual(first);
  });

  test('typing_crosses_nodes_and_newcomers_see_it', async () => {
    const [one, two] = await nodes();
    const [ann, bob] = [await enter(one.url, 'Ann'), await enter(two.url, 'Bob')];
    await join(ann.client);
    await join(bob.client);
    const heard = nextEvent<TypingEvent>(bob.client, 'typing');

    ann.client.emit('typing', { roomId: 'general', on: true });

    expect(await heard).toMatchObject({ user: ann.user.id, on: true });
    await expect
      .poll(async () => (await join(bob.client)).typing)
      .toMatchObject([{ user: ann.user.id, device: ann.device }]);
  });

  test('device_that_moves_to_the_other_node_does_not_leave', async () => {
    const [one, two] = await nodes();
    const bob = await enter(two.url, 'Bob');
    const ann = await enter(one.url, 'Ann');
    const before = await watch(bob.client, ann.user.id);
    const heard = collect<PresenceDiff>(bob.client, 'presence');

    await cut(ann.client);
    const moved = await enter(two.url, 'Ann', ann.device);
    const left = nextEvent(bob.client, 'presence', (diff: PresenceDiff) =>
      Boolean(diff.leaves[moved.user.id]?.includes(moved.hello.session)),
    );
    moved.client.disconnect();
    await left;

    expect(before[ann.user.id]?.map(({ ref }) => ref)).toEqual([ann.hello.session]);
    expect(heard).toEqual([
      {
        joins: { [ann.user.id]: [expect.objectContaining({ ref: moved.hello.session })] },
        leaves: { [ann.user.id]: [ann.hello.session] },
      },
      { joins: {}, leaves: { [ann.user.id]: [moved.hello.session] } },
    ]);
  });

  test('devices_of_a_node_that_ends_leave_after_the_grace', async () => {
    const [one, two] = await nodes();
    const bob = await enter(two.url, 'Bob');
    const ann = await enter(one.url, 'Ann');
    await watch(bob.client, ann.user.id);
    const left = nextEvent<PresenceDiff>(bob.client, 'presence');
    const start = performance.now();

    await one.close();

    expect(await left).toEqual({ joins: {}, leaves: { [ann.user.id]: [ann.hello.session] } });
    expect(performance.now() - start).toBeGreaterThanOrEqual(GRACE_MS - 10);
  });

  test('stream_on_one_node_tells_what_happens_on_the_other', async () => {
    const [one, two] = await nodes();
    const ann = await enter(one.url, 'Ann');
    await join(ann.client);
    const url = `${two.url}/rt/stream?rooms=general&access_token=${ann.token}`;
    const stream = await openStream(url);
    await stream.next();
    await stream.next();

    const { seq } = await send(ann.client, 'across');
    const op = await stream.next();
    data(await call(ann.client, 'presence:set', { state: 'away' }));
    const presence = await stream.next();

    expect((op.data as StreamEvents['room:op']).op.seq).toBe(seq);
    expect(presence.data).toEqual({ users: { [ann.user.id]: 'away' } });
  });

  test('stream_goes_on_at_the_other_node_where_it_ended', async () => {
    const [one, two] = await nodes();
    const ann = await enter(one.url, 'Ann');
    const bob = await enter(one.url, 'Bob');
    for (const { client } of [ann, bob]) await join(client);
    await join(ann.client, 'random');
    const headers = { Authorization: `Bearer ${bob.token}` };
    const path = '/rt/stream?rooms=random&notify=true';
    const first = await openStream(one.url + path, headers);
    const seen = await send(ann.client, 'seen', {}, 'random');
    const { id } = await nextOf(first, 'room:op');
    first.close();
    const missed = [
      await send(ann.client, 'missed', {}, 'random'),
      await send(ann.client, 'notified'),
    ];

    const second = await openStream(two.url + path, { ...headers, 'Last-Event-ID': id });
    const told = [await nextOf(second, 'room:op'), await nextOf(second, 'notify')];

    expect(id).toContain(`random=${seen.seq}`);
    expect(told.map(({ data }) => data)).toMatchObject([
      { roomId: 'random', op: { m: missed[0] } },
      { roomId: 'general', id: missed[1]?.id, body: 'notified' },
    ]);
  });

  test('link_on_one_node_is_called_over_the_other', async () => {
    const [one, two] = await nodes();
    const ann = await enter(two.url, 'Ann');
    await join(ann.client);
    await watch(ann.client, (await login(one.url, 'Bob')).user.id);
    const presence = nextEvent<PresenceDiff>(ann.client, 'presence');
    const typing = nextEvent<TypingEvent>(ann.client, 'typing');

    const bob = await enterByLink(one.url, 'Bob', ['general'], two.url);
    await bob.link.call('typing', { roomId: 'general', on: true });
    const sent = await send(ann.client, 'across');
    const told = await bob.link.next('room:op', ({ op }) => op.t === 'msg');

    expect((await presence).joins[bob.user.id]).toMatchObject([{ ref: bob.hello.session }]);
    expect(await typing).toMatchObject({ user: bob.user.id, on: true });
    expect(told.op).toMatchObject({ seq: sent.seq, m: sent });
  });

  test('link_that_opens_on_the_other_node_ends_the_first', async () => {
    const [one, two] = await nodes();
    const { link, token } = await enterByLink(one.url, 'Bob');
    const ended = expect(link.next('room:op')).rejects.toThrow('the stream has ended');

    const moved = await openLink(two.url, token, 'Bob-link', one.url);
    await ended;
    const answer = await moved.call<RoomSnapshot>('room:join', { roomId: 'general' });

    expect(data(answer).roomId).toBe('general');
  });

  test('call_of_a_link_that_no_node_has_is_refused', async () => {
    const [one] = await nodes();
    const { link } = await enterByLink(one.url, 'Bob');
    link.close();

    await expect
      .poll(async () => errorCode(await link.call('room:leave', { roomId: 'general' })))
      .toBe('unavailable');
  });

  test('entries_that_redis_has_lost_are_brought_back', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const [one, two] = await nodes();
    const bob = await enter(two.url, 'Bob');
    const ann = await enter(one.url, 'Ann');
    await watch(bob.client, ann.user.id);
    const client = new Redis(redis.port);
    await client.flushall();
    client.disconnect();
    const joined = nextEvent<PresenceDiff>(bob.client, 'presence');

    vi.advanceTimersByTime(20_000);

    expect((await joined).joins[ann.user.id]).toMatchObject([{ ref: ann.hello.session }]);
  });

  test('node_goes_on_without_redis_and_joins_again', async () => {
    const [one, two] = await nodes();
    const [ann, carl] = [await enter(one.url, 'Ann'), await enter(one.url, 'Carl')];
    const bob = await enter(two.url, 'Bob');
    for (const { client } of [ann, bob, carl]) await join(client);
    const heard = collect<RoomOpEvent>(carl.client, 'room:op');

    redis.process.kill();
    await once(redis.process, 'exit');
    const alone = await send(ann.client, 'alone');
    await expect.poll(() => heard.length).toBe(1);
    redis = await startRedis(redis.port);
    const together = collect<RoomOpEvent>(bob.client, 'room:op');
    await expect
      .poll(async () => (await send(ann.client, 'back?')) && together.length, { timeout: 30_000 })
      .toBeGreaterThan(0);

    expect(heard[0]?.op).toMatchObject({ t: 'msg', seq: alone.seq });
  });

  test('node_that_closes_while_it_subscribes_again_leaves_no_rejection_unhandled', async () => {
    const relay = await startRelay(redis.port);
    const node = await serve(env(relay.port));
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));

    relay.cutAndSwallowSubscriptions();
    await expect.poll(() => relay.swallowed, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    await node.close();
    await expect.poll(() => relay.open).toBe(0);
    // Node tells of a rejection nobody handled behind the microtasks of its turn.
    await new Promise(setImmediate);

    expect(unhandled).toEqual([]);
  });

  async function nodes(): Promise<[RunningServer, RunningServer]> {
    return [await serve(env(redis.port)), await serve(env(redis.port))];
  }

  function env(port: number): NodeJS.ProcessEnv {
    return {
      REDIS_URL: `redis://127.0.0.1:${port}`,
      DATABASE_URL: 'postgres://shared',
      PRESENCE_GRACE_MS: String(GRACE_MS),
    };
  }
});

async function startRedis(port?: number): Promise<{ process: ChildProcess; port: number }> {
  const chosen = port ?? (await freePort());
  const child = spawn('redis-server', [
    ...['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
  ]);
  for await (const text of child.stdout) {
    if (String(text).includes('Ready to accept connections')) break;
  }
  return { process: child, port: chosen };
}

/** A relay to Redis that can cut its connections, and answer no subscription from then on. */
async function startRelay(redisPort: number) {
  const sockets = new Set<Socket>();
  let swallows = false;
  const relay = {
    port: 0,
    swallowed: 0,
    get open() {
      return sockets.size;
    },
    cutAndSwallowSubscriptions(): void {
      swallows = true;
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer((socket) => {
    const upstream = connect(redisPort, '127.0.0.1');
    sockets.add(socket);
    socket.on('data', (chunk) => {
      if (swallows && chunk.includes('subscribe')) relay.swallowed += 1;
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => socket.write(chunk));
    for (const end of [socket, upstream]) end.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      upstream.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  relay.port = (server.address() as AddressInfo).port;
  return relay;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
