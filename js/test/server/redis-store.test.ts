import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { RedisStore, type RedisClient } from '../../src/server/index.js';
import { client, send, serve, TAB } from './rig.js';

const installed = spawnSync('redis-server', ['--version']).status === 0;
if (!installed) console.warn('SKIPPED: tests of the Redis store; redis-server is not installed');

describe.skipIf(!installed)('two_nodes_with_one_redis', () => {
  let server: ChildProcess;
  let redis: Redis;

  beforeAll(async () => {
    const port = await freePort();
    server = spawn('redis-server', ['--port', `${port}`, '--save', ''], { stdio: 'ignore' });
    redis = new Redis(port, '127.0.0.1', { lazyConnect: false });
    redis.on('error', () => undefined);
    await vi.waitFor(() => redis.ping(), 10_000);
  });
  beforeEach(() => redis.flushall());
  afterAll(() => {
    redis.disconnect();
    server.kill();
  });

  test('carry_out_once_what_is_repeated_on_the_other_and_repeat_the_answer', async () => {
    const carried: unknown[] = [];
    const nodes = await Promise.all(
      ['one', 'two'].map((name) =>
        serve((socket) => socket.on('e', (bytes, reply) => reply(name, carried.push(bytes))), {
          store: new RedisStore(redis),
        }),
      ),
    );
    const [one, two] = await Promise.all(nodes.map(({ url }) => client(url)));

    const answers = [
      await send(one!, {}, 'e', Buffer.from([1])),
      await send(two!, {}, 'e', Buffer.from([1])),
    ];

    expect(answers).toEqual([
      ['ok', 'one', 1],
      ['ok', 'one', 1],
    ]);
  });

  test('wait_for_the_answer_that_is_being_given_on_the_other', async () => {
    const replies: ((bytes: Buffer) => void)[] = [];
    const nodes = await Promise.all(
      [1, 2].map(() =>
        serve((socket) => socket.on('slow', (reply) => replies.push(reply)), {
          store: new RedisStore(redis),
        }),
      ),
    );
    const [one, two] = await Promise.all(nodes.map(({ url }) => client(url)));
    const first = send(one!, {}, 'slow');
    await vi.waitFor(() => expect(replies.length).toBe(1));

    const second = send(two!, {}, 'slow');
    await send(two!, { n: 1, ack: false }, 'after');
    replies[0]?.(Buffer.from([7]));

    expect(await Promise.all([first, second])).toEqual([
      ['ok', Buffer.from([7])],
      ['ok', Buffer.from([7])],
    ]);
    expect(replies.length).toBe(1);
  });

  test('have_one_memory_which_a_flush_renames', async () => {
    const stores = [new RedisStore(redis), new RedisStore(redis)];

    const names = [await stores[0]!.name(), await stores[1]!.name()];
    await redis.flushall();
    const later = await stores[0]!.name();

    expect(names[0]).toBe(names[1]);
    expect(later).not.toBe(names[0]);
  });

  test.each([
    ['ioredis', () => redis as RedisClient],
    // node-redis has no `call`; its `sendCommand` takes the words of the command.
    ['node_redis', () => ({ sendCommand: ([c, ...a]: string[]) => redis.call(c!, ...a) })],
  ])('are_content_with_a_client_of_%s', async (_name, made) => {
    const store = new RedisStore(made(), { keepMs: 5000, prefix: 'p:' });
    const emit = { scope: '["/",null]', tab: TAB, n: 3 };
    const answer = { json: '[{"_placeholder":true,"num":0}]', attachments: [bytes(1, 2)] };

    const seen = [await store.begin(emit, 0), await store.begin(emit, 0)];
    await store.finish(emit, answer);
    seen.push(await store.begin(emit, 0));
    const expires = await redis.pttl(`p:emit:["/",null]:${TAB}:3`);
    await store.forget(emit);
    seen.push(await store.find(emit), await store.begin(emit, 0));
    await store.finish(emit, undefined);
    seen.push(await store.find(emit));

    expect(seen).toEqual([
      { state: 'new' },
      { state: 'running' },
      { state: 'done', answer },
      { state: 'done', answer: undefined },
      { state: 'new' },
      { state: 'done', answer: undefined },
    ]);
    expect(expires).toBeGreaterThan(5000);
    expect(expires).toBeLessThanOrEqual(65_000);
  });
});

function bytes(...values: number[]): ArrayBuffer {
  return new Uint8Array(values).buffer;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
