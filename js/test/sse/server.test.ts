import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';

import { openEvents, type EventFeed, type EventsOptions } from '../../src/sse/index.js';
import { coreBytes, isBuilt } from './real-core.js';
import { StreamServer, eventStream, type Reply } from './stream-server.js';

vi.mock('../../src/core/load.js', async () => {
  const { loadBuiltCore } = await import('./real-core.js');
  const core = loadBuiltCore();
  return { loadCore: () => core };
});

type Feed = Record<string, string>;

const FAST = { retry: { base: 20, max: 50 } } satisfies EventsOptions<Feed>;

/** A stream, and what becomes of it in the words of the vectors. */
function follow(server: StreamServer, options: EventsOptions<Feed> = FAST) {
  const es = openEvents<Feed>(server.url, options);
  const log: string[] = [];
  es.onState(({ status }) => status === 'open' && log.push('open'));
  es.onEvent(({ data }) => log.push(`msg:${data}`));
  es.onFailure(({ willRetry }) => willRetry && log.push('error:CONNECTING'));
  void es.closed.then(({ reason }) => reason !== 'client' && log.push('error:CLOSED'));
  return { es, log };
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000 });
}

interface Case {
  readonly name: string;
  readonly server: readonly (Omit<Reply, 'then'> & { readonly then: Reply['then'] | 'refuse' })[];
  readonly client?: string;
  readonly crossOrigin?: boolean;
  readonly expect: {
    readonly log?: readonly string[];
    readonly final?: string;
    readonly requests?: readonly (string | null)[];
  };
}

const vectors = new URL('../../../tests/vectors/sse-vectors.json', import.meta.url);
const { connection } = JSON.parse(readFileSync(vectors, 'utf8')) as { connection: Case[] };
/** Node has no origins and refuses no connection that a test server listens on. */
const cases = connection.filter(
  ({ server, client, crossOrigin, expect: { log, requests } }) =>
    !client &&
    !crossOrigin &&
    (log ?? requests) &&
    !log?.includes('...') &&
    server.every((reply) => reply.then !== 'refuse' && !reply.headers?.['location']),
);

describe.skipIf(!isBuilt)('openEvents with the core and a server', () => {
  it.each(cases)('connection case $name', async ({ server: replies, expect: expected }) => {
    await using server = await StreamServer.start(...(replies as readonly Reply[]));
    const { es, log } = follow(server);
    const { log: entries = [], requests = [], final } = expected;

    await until(() => log.length >= entries.length && server.requests.length >= requests.length);
    if (final === 'CLOSED') await es.closed;
    es.close();

    expect(log.slice(0, entries.length)).toEqual(entries);
    expect(server.lastEventIds.slice(0, requests.length)).toEqual(requests);
    if (final === 'CLOSED') expect(server.requests).toHaveLength(Math.max(requests.length, 1));
  });

  it('joins what is cut anywhere, also inside of characters', async () => {
    const bytes = new TextEncoder().encode('\ufeffid: …\r\nevent: up\r\ndata: é😀\r\n\r\n');
    await using server = await StreamServer.start(
      eventStream([...bytes].map((b) => Uint8Array.of(b))),
    );
    const { es } = follow(server);
    const seen: unknown[] = [];
    es.onEvent(({ event, id, data }) => seen.push([event, id, data]));

    await until(() => seen.length > 0);
    es.close();

    expect(seen).toEqual([['up', '…', 'é😀']]);
  });

  it('reads large and small chunks that wait together in order', async () => {
    const expected = Array.from({ length: 1500 }, (_, n) => [`${n}`, `${'é'.repeat(n % 40)}${n}`]);
    const blocks = expected.map(([id, data]) => `id: ${id}\ndata: ${data}\n\n`);
    const bytes = new TextEncoder().encode(blocks.join(''));
    const sizes = [10, 5000, 1, 2, 6000, 4096, 4095, 20_000, bytes.length];
    const ends = sizes.map((_, n) => sizes.slice(0, n + 1).reduce((sum, size) => sum + size));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        ends.forEach((end, n) => controller.enqueue(bytes.subarray(ends[n - 1] ?? 0, end))),
    });
    const headers = { 'content-type': 'text/event-stream' };
    const es = openEvents<Feed>('https://example.org/feed', {
      fetch: () => Promise.resolve(new Response(body, { headers })),
    });
    const seen: unknown[] = [];
    es.onEvent(({ id, data }) => seen.push([id, data]));

    await until(() => seen.length >= expected.length);
    es.close();

    expect(seen).toEqual(expected);
  });

  it('comes back behind its last event when the connection is cut', async () => {
    await using server = await StreamServer.start(
      eventStream(['id: 1\ndata: a\n\nid: 2\ndata: half\n'], 'destroy'),
      { status: 503, then: 'end' },
      { then: 'destroy' },
      eventStream(['id: 2\ndata: b\n\n']),
    );
    const { es, log } = follow(server);

    await until(() => log.includes('msg:b'));
    es.close();

    const failed = 'error:CONNECTING';
    expect(log).toEqual(['open', 'msg:a', failed, failed, failed, 'open', 'msg:b']);
    expect(server.lastEventIds).toEqual([null, '1', '1', '1']);
  });

  it('asks for a new token after a 401, once', async () => {
    const denied: Reply = { status: 401, then: 'end' };
    await using server = await StreamServer.start(denied, eventStream([], 'end'), denied, denied);
    let token = 0;
    const { es } = follow(server, {
      ...FAST,
      headers: async () => ({ authorization: `${++token}` }),
    });

    const end = await es.closed;

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(end).toMatchObject({ reason: 'failed', error: { code: 'unauthorized', status: 401 } });
  });

  it('waits for headers no longer than for a response, and asks for them again', async () => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n']));
    const answers: (() => Record<string, string> | Promise<Record<string, string>>)[] = [
      () => Promise.reject(new Error('no token')),
      () => {
        throw new Error('no user');
      },
      () => ({ 'bad name': '1' }),
      () => new Promise(() => undefined),
      () => ({ authorization: 't' }),
    ];
    const asked: number[] = [];
    const { es, log } = follow(server, {
      ...FAST,
      openTimeout: 1000,
      headers: ({ number }) => {
        asked.push(Date.now());
        return answers[number - 1]!();
      },
    });
    const failures: unknown[] = [];
    es.onFailure(({ kind, willRetry, error }) => {
      const { message } = (error.cause as Error | undefined) ?? {};
      failures.push([kind, willRetry, message]);
    });

    await until(() => log.includes('msg:x'));
    es.close();

    expect(failures).toEqual([
      ['headers', true, 'no token'],
      ['headers', true, 'no user'],
      ['headers', true, 'unable to open events; the header bad name cannot be sent'],
      ['headers', true, undefined],
    ]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['t']);
    expect(asked[4]! - asked[3]!).toBeGreaterThanOrEqual(999);
  });

  it('does not take the late headers of an attempt that was given up for those of the next', async () => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n']));
    let answerLate: (headers: Record<string, string>) => void = () => undefined;
    const { es, log } = follow(server, {
      ...FAST,
      openTimeout: 1000,
      headers: async ({ number }) => {
        if (number === 1) return new Promise((resolve) => (answerLate = resolve));
        answerLate({ authorization: 'late' });
        await Promise.resolve();
        return { authorization: 'fresh' };
      },
    });

    await until(() => log.includes('msg:x'));
    es.close();

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['fresh']);
  });

  it('stops at an event that is too large, which another request would only bring again', async () => {
    const body = `id: 1\ndata: a\n\nid: 2\ndata: ${'x'.repeat(100)}\n\nid: 3\ndata: b\n\n`;
    await using server = await StreamServer.start(eventStream([body]));
    const { es, log } = follow(server, { ...FAST, maxEventBytes: 50 });

    const end = await es.closed;

    expect(log).toEqual(['open', 'msg:a', 'error:CLOSED']);
    expect(end).toMatchObject({ reason: 'failed', error: { code: 'too_large' } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['a line', `data: ${'x'.repeat(100)}\n`, 'line'],
    ['the data of many lines', `data: ${'x'.repeat(30)}\n`.repeat(2), 'data'],
    ['a name', `event: ${'x'.repeat(2000)}\ndata: a\n`, 'line'],
  ])('leaves out an event with too large %s if told to, but not its id', async (_, lines, part) => {
    const body = `id: 1\ndata: a\n\n${lines}id: 2\n${lines}\n`;
    await using server = await StreamServer.start(
      eventStream([body], 'end'),
      eventStream(['data: b\n\n']),
    );
    const { es, log } = follow(server, { ...FAST, maxEventBytes: 50, skipOversized: true });
    const problems: unknown[] = [];
    es.onProblem((problem) => problems.push(problem));

    await until(() => log.includes('msg:b'));
    es.close();

    expect(log).toEqual(['open', 'msg:a', 'error:CONNECTING', 'open', 'msg:b']);
    expect(problems).toEqual([{ kind: 'oversized', part }]);
    expect(server.lastEventIds).toEqual([null, '2']);
  });

  it.each([
    ['comment', ':', []],
    ['unknown field', 'x: ', []],
    ['field that is too long', 'data: ', [{ kind: 'oversized', part: 'line' }]],
  ])('keeps nothing of an endless %s', async (_, start, expected) => {
    const [chunk, chunks] = [new Uint8Array(64 << 10).fill(0x78), 512];
    let given = 0;
    const source: UnderlyingDefaultSource<Uint8Array> = {
      pull(controller) {
        given += 1;
        const text = given === 1 ? start : '\n\ndata: end\n\n';
        const isEdge = given === 1 || given === chunks;
        controller.enqueue(isEdge ? new TextEncoder().encode(text) : chunk.slice());
      },
    };
    const headers = { 'content-type': 'text/event-stream' };
    const es = openEvents<Feed>('https://example.org/feed', {
      skipOversized: true,
      fetch: () => Promise.resolve(new Response(new ReadableStream(source), { headers })),
    });
    const problems: unknown[] = [];
    es.onProblem((problem) => problems.push(problem));
    let before = NaN;
    es.onState(({ status }) => status === 'open' && (before = coreBytes()));

    for await (const { data } of es) {
      expect(data).toBe('end');
      break;
    }
    es.close();

    // 32 MiB went by; what stays are a chunk, and the line up to its limit.
    expect(coreBytes() - before).toBeLessThan(4 << 20);
    expect(problems).toEqual(expected);
  });

  it('waits as long as the server asks for', async () => {
    const busy: Reply = { status: 429, headers: { 'retry-after': '1' }, then: 'end' };
    await using server = await StreamServer.start(busy, eventStream(['data: x\n\n']));
    const { es } = follow(server);
    let wait: number | undefined;
    es.onFailure(({ retryInMs }) => (wait = retryInMs));

    await until(() => wait !== undefined);
    es.close();

    expect(wait).toBeGreaterThanOrEqual(1000);
    expect(wait).toBeLessThan(1050);
  });

  it('sends a POST once, with its body', async () => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n'], 'destroy'));
    const { es, log } = follow(server, { ...FAST, body: '{"q":1}' });

    const end = await es.closed;

    expect(log).toEqual(['open', 'msg:x', 'error:CLOSED']);
    expect(end).toMatchObject({ reason: 'failed', error: { code: 'disconnected' } });
    expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
    expect(server.bodies).toEqual(['{"q":1}']);
  });

  it('sends the last event ID in the query if told to, whatever is in it', async () => {
    const odd = 'a\u0001 &…';
    await using server = await StreamServer.start(
      eventStream([`id: ${odd}\ndata: x\n\n`], 'end'),
      eventStream([]),
    );
    const { es } = follow(server, { ...FAST, lastEventIdParam: 'after' });

    await until(() => server.requests.length === 2);
    es.close();

    const after = server.requests.map(({ url }) => new URL(url ?? '', server.url).searchParams);
    expect(after.map((query) => query.get('after'))).toEqual([null, odd]);
    expect(server.lastEventIds).toEqual([null, null]);
  });

  it.each<[string, Reply, string]>([
    ['a status', { status: 403, chunks: ['no ', 'way'], then: 'end' }, 'no way'],
    ['a body without an end', { status: 403, chunks: ['no way'], then: 'hold' }, 'no way'],
    ['a long body', { status: 403, chunks: ['x'.repeat(100_000)], then: 'end' }, 'x'.repeat(8192)],
    ['another type', { status: 200, chunks: ['<html>'], then: 'end' }, '<html>'],
  ])('says what a server said that refused by %s', async (_, reply, body) => {
    await using server = await StreamServer.start(reply);
    const { es } = follow(server);
    const bodies: unknown[] = [];
    es.onFailure((failure) => bodies.push(failure.body));

    await es.closed;

    expect(bodies).toEqual([body]);
  });

  it('has a stream of its own where tabs cannot find each other, and says why', async () => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n']));
    const { es, log } = follow(server, { ...FAST, share: { scope: 'ada' } });

    await until(() => log.includes('msg:x'));
    es.close();

    // Node has no Web Locks.
    expect(es.tabs.getSnapshot()).toMatchObject({ role: 'solo', sharing: 'insecure context' });
  });

  it.each<[string, (response: Response) => unknown]>([
    ['is missing', ({ headers }) => new Response(null, { headers })],
    ['is being read by somebody', (response) => (response.body?.getReader(), response)],
    ['was read already', async (response) => (await response.text(), response)],
  ])('stops at a response whose body %s', async (_, change) => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n'], 'end'));
    const { es } = follow(server, {
      ...FAST,
      fetch: async (request) => (await change(await fetch(request))) as Response,
    });
    const failures: unknown[] = [];
    es.onFailure(({ kind, willRetry }) => failures.push([kind, willRetry]));

    expect(await es.closed).toMatchObject({ reason: 'failed', error: { code: 'invalid' } });
    expect(failures).toEqual([['protocol', false]]);
    expect(server.requests).toHaveLength(1);
  });

  it('gives up a server that is silent, before and after its response', async () => {
    await using server = await StreamServer.start({ then: 'hold' }, eventStream([]));
    const kinds: string[] = [];
    const { es } = follow(server, { ...FAST, openTimeout: 100, idleTimeout: 100 });
    es.onFailure(({ kind }) => kinds.push(kind));

    await until(() => kinds.length === 2);
    es.close();

    expect(kinds).toEqual(['open-timeout', 'idle-timeout']);
  });

  it.each<[string, (es: EventFeed<Feed>) => void]>([
    ['close()', (es) => es.close()],
    ['a new attempt', (es) => es.reconnect()],
  ])('drops its request at %s', async (_, act) => {
    await using server = await StreamServer.start(eventStream(['data: x\n\n']));
    const { es, log } = follow(server);
    await until(() => log.includes('msg:x'));
    let dropped = false;
    server.requests[0]?.socket.once('close', () => (dropped = true));

    act(es);

    await until(() => dropped);
    es.close();
  });

  it('can be closed from everywhere within a handler', async () => {
    const chunk = 'data: 1\n\ndata: 2\n\n';
    await using server = await StreamServer.start(eventStream([chunk]), eventStream([chunk]));
    const byEvent = follow(server);
    byEvent.es.onEvent(() => byEvent.es.close());
    await byEvent.es.closed;
    const byState = follow(server);
    byState.es.onState(({ status }) => status === 'open' && byState.es.close());
    await byState.es.closed;

    expect(byEvent.log).toEqual(['open', 'msg:1']);
    expect(byState.log).toEqual(['open']);
  });
});
