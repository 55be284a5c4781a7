import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadCore } from '../../src/core/load.js';
import { TabcastError } from '../../src/errors.js';
import { openEvents } from '../../src/sse/index.js';
import type {
  EventsOptions,
  StreamFailure,
  StreamProblem,
  StreamState,
} from '../../src/sse/index.js';
import { FakeCore } from './fake-core.js';

vi.mock('../../src/core/load.js', () => ({ loadCore: vi.fn() }));

const URL = 'https://example.org/feed';
let core: FakeCore;
let uncaught: unknown[];

beforeEach(() => {
  core = new FakeCore();
  vi.mocked(loadCore).mockResolvedValue(core as never);
  uncaught = [];
  vi.stubGlobal('reportError', (error: unknown) => uncaught.push(error));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

interface Feed {
  update: { n: number };
  message: string;
  error: string;
}

/** A stream whose core is loaded. */
async function open(options: EventsOptions<Feed> = {}) {
  const before = core.streams.length;
  const es = openEvents<Feed>(URL, options);
  await vi.waitFor(() => expect(core.streams).toHaveLength(before + 1));
  return { es, stream: core.stream };
}

describe('openEvents', () => {
  it('can be used before the core is loaded', async () => {
    const es = openEvents<Feed>(URL, { lastEventId: '41' });
    const seen: string[] = [];
    es.on('message', (event) => seen.push(event.data));
    await vi.waitFor(() => core.stream);

    core.stream.events(['message', '42', 'hello']);

    expect(core.stream.calls).toEqual([['open', '41']]);
    expect(seen).toEqual(['hello']);
    expect(es.lastEventId).toBe('42');
  });

  it('goes on behind an id that is a number, too', async () => {
    const { es, stream } = await open({ lastEventId: 41 as unknown as string });

    expect(stream.calls).toEqual([['open', '41']]);
    expect(es.lastEventId).toBe('41');
  });

  it('gives events to handlers by name, to all, and decoded', async () => {
    const { es, stream } = await open({ decode: { update: JSON.parse } });
    const named: unknown[] = [];
    const all: unknown[] = [];
    es.on('update', ({ event, id, data }) => named.push([event, id, data]));
    es.onEvent(({ event, data }) => all.push([event, data]));

    stream.events(
      ['update', '1', '{"n":1}'],
      ['message', '1', 'text'],
      ['error', '1', 'just data'],
    );

    expect(named).toEqual([['update', '1', { n: 1 }]]);
    expect(all).toEqual([
      ['update', { n: 1 }],
      ['message', 'text'],
      ['error', 'just data'],
    ]);
    expect(es.state.status).toBe('connecting');
  });

  it('treats event names of the language as data', async () => {
    const es = openEvents<Record<string, string>>(URL, { decode: {} });
    await vi.waitFor(() => core.stream);
    const seen: string[] = [];
    es.on('__proto__', (event) => seen.push(event.data));
    es.on('constructor', (event) => seen.push(event.data));

    core.stream.events(['__proto__', '', 'a'], ['constructor', '', 'b'], ['toString', '', 'c']);

    expect(seen).toEqual(['a', 'b']);
  });

  it('stops calling a handler that was removed', async () => {
    const { es, stream } = await open();
    const seen: string[] = [];
    const off = es.on('message', (event) => {
      seen.push(event.data);
      off();
    });

    stream.events(['message', '', '1'], ['message', '', '2']);

    expect(seen).toEqual(['1']);
  });

  it('reports a handler that throws and goes on', async () => {
    const { es, stream } = await open();
    const seen: string[] = [];
    const fault = new Error('handler');
    es.on('message', () => {
      throw fault;
    });
    es.on('message', (event) => seen.push(event.data));

    stream.events(['message', '', '1'], ['message', '', '2']);

    expect(seen).toEqual(['1', '2']);
    expect(uncaught).toEqual([fault, fault]);
  });

  it('tells of data that does not decode and gives out the rest', async () => {
    const { es, stream } = await open({ decode: { update: JSON.parse } });
    const seen: unknown[] = [];
    const problems: StreamProblem[] = [];
    es.on('update', (event) => seen.push(event.data));
    es.onProblem((problem) => problems.push(problem));

    stream.events(['update', '', '{'], ['update', '', '{"n":2}']);

    expect(seen).toEqual([{ n: 2 }]);
    expect(problems).toEqual([
      { kind: 'decode', event: 'update', raw: '{', cause: expect.any(SyntaxError) as unknown },
    ]);
  });

  it('tells of data that does not decode only where it was to be decoded', async () => {
    const strict = await open({ decode: { update: JSON.parse } });
    const other = await open();
    const problems: [string, StreamProblem['kind']][] = [];
    const seen: unknown[] = [];
    strict.es.onProblem(({ kind }) => problems.push(['strict', kind]));
    other.es.onProblem(({ kind }) => problems.push(['other', kind]));
    strict.es.on('message', ({ data }) => seen.push(data));
    strict.es.on('update', ({ data }) => seen.push(data));
    other.es.on('update', ({ data }) => seen.push(data));

    for (const { stream } of [strict, other]) {
      stream.events(['update', '', '{'], ['message', '', 'text']);
    }

    expect(problems).toEqual([['strict', 'decode']]);
    expect(seen).toEqual(['text', '{']);
  });

  it('gives out nothing behind close(), not even of the same chunk', async () => {
    const { es, stream } = await open();
    const seen: string[] = [];
    es.on('message', (event) => {
      seen.push(event.data);
      es.close();
    });

    stream.events(['message', '1', 'a'], ['message', '2', 'b']);
    stream.events(['message', '3', 'c']);

    expect(seen).toEqual(['a']);
    expect(es.lastEventId).toBe('1');
    expect(await es.closed).toEqual({ reason: 'client', error: undefined });
    expect(stream.calls.slice(1)).toEqual([['close'], ['free']]);
  });

  it('closes at once when it is closed before the core is loaded', async () => {
    const es = openEvents(URL);
    es.close();
    es.close();

    expect(await es.closed).toEqual({ reason: 'client', error: undefined });
    expect(core.streams).toEqual([]);
  });

  it('obeys its signal, before and after', async () => {
    const aborted = openEvents(URL, { signal: AbortSignal.abort() });
    const controller = new AbortController();
    const { es, stream } = await open({ signal: controller.signal });
    controller.abort();

    expect(aborted.state).toMatchObject({ status: 'closed', end: { reason: 'client' } });
    expect((await es.closed).reason).toBe('client');
    expect(stream.calls).toContainEqual(['close']);
  });

  it('is disposable', async () => {
    const { es } = await open();

    es[Symbol.dispose]();

    expect((await es.closed).reason).toBe('client');
  });

  it('says why it failed when the core cannot be loaded', async () => {
    const fault = new TabcastError('wasm_csp', 'no');
    vi.mocked(loadCore).mockRejectedValue(fault);

    const es = openEvents(URL);

    expect(await es.closed).toEqual({ reason: 'failed', error: fault });
  });

  it('throws at once for what can never be', () => {
    expect(() => openEvents('nowhere:')).toThrow(TabcastError);
    expect(() => openEvents(URL, { headers: { 'bad name': '' } })).toThrow(TabcastError);
  });

  it('asks its hook for headers before each attempt', async () => {
    const headers = vi.fn(async () => ({ authorization: 't' }));
    const { stream } = await open({ headers });

    stream.notice({ kind: 'connecting', failures: 0 });
    stream.notice({ kind: 'headersWanted', attempt: 1 });
    await vi.waitFor(() => expect(stream.calls).toHaveLength(2));
    stream.notice({
      kind: 'failed',
      failure: { kind: 'status', status: 401 },
      retryInMs: 0,
      undecided: false,
    });
    stream.notice({ kind: 'connecting', failures: 1 });
    stream.notice({ kind: 'headersWanted', attempt: 2 });
    await vi.waitFor(() => expect(stream.calls).toHaveLength(3));

    expect(stream.config.freshHeaders).toBe(true);
    expect(stream.calls.slice(1)).toEqual([
      ['headers', 1, [['authorization', 't']]],
      ['headers', 2, [['authorization', 't']]],
    ]);
    expect(headers.mock.calls).toEqual([
      [{ number: 1, after: undefined, lastEventId: '' }],
      [
        {
          number: 2,
          after: expect.objectContaining({
            kind: 'status',
            status: 401,
            willRetry: true,
          }) as unknown,
          lastEventId: '',
        },
      ],
    ]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no token'))],
    ['gives headers that cannot be sent', () => ({ 'bad name': '' })],
  ])('counts an attempt as failed when the hook %s', async (_, headers) => {
    const { es, stream } = await open({ headers });
    const failures: StreamFailure[] = [];
    es.onFailure((failure) => failures.push(failure));

    stream.notice({ kind: 'connecting', failures: 0 });
    stream.notice({ kind: 'headersWanted', attempt: 1 });
    await vi.waitFor(() => expect(stream.calls).toContainEqual(['headersFailed', 1]));
    stream.notice({
      kind: 'failed',
      failure: { kind: 'headers' },
      retryInMs: 500,
      undecided: false,
    });

    expect(failures).toMatchObject([{ kind: 'headers', willRetry: true, retryInMs: 500 }]);
    expect(failures[0]?.error.cause).toBeInstanceOf(Error);
  });

  it('tells its states and failures apart from events', async () => {
    const { es, stream } = await open();
    const states: StreamState['status'][] = [];
    const failures: StreamFailure['kind'][] = [];
    es.onState((state) => states.push(state.status));
    es.onFailure((failure) => failures.push(failure.kind));

    stream.notice({ kind: 'connecting', failures: 0 });
    stream.notice({ kind: 'headersWanted', attempt: 1 });
    stream.notice({ kind: 'opened' });
    stream.notice({
      kind: 'failed',
      failure: { kind: 'network' },
      retryInMs: 100,
      undecided: false,
    });
    stream.notice({ kind: 'connecting', failures: 1 });
    stream.notice({ kind: 'headersWanted', attempt: 2 });
    stream.notice({ kind: 'failed', failure: { kind: 'status', status: 404 }, undecided: false });
    stream.notice({ kind: 'closed', reason: 'failed', failure: { kind: 'status', status: 404 } });

    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'closed']);
    expect(failures).toEqual(['network', 'status']);
    expect(await es.closed).toMatchObject({
      reason: 'failed',
      error: { code: 'not_found', status: 404 },
    });
  });

  it.each([
    ['stop' as const, undefined],
    ['retry' as const, 700],
    [{ inMs: 5 }, 5],
    [{ inMs: -5 }, 0],
    [{ inMs: NaN }, 700],
    [undefined, 700],
  ])('lets decide() say %o', async (decision, expected) => {
    const { es, stream } = await open({ retry: { decide: () => decision } });
    const failures: StreamFailure[] = [];
    es.onFailure((failure) => failures.push(failure));

    stream.notice({
      kind: 'failed',
      failure: { kind: 'network' },
      retryInMs: 700,
      undecided: true,
    });

    expect(stream.config.decidedByOwner).toBe(true);
    expect(stream.calls.slice(1)).toEqual([['decide', expected]]);
    expect(failures).toMatchObject([{ retryInMs: expected, willRetry: expected !== undefined }]);
  });

  it('tells of events that were left out and of ids that cannot be sent', async () => {
    const { es, stream } = await open();
    const problems: StreamProblem[] = [];
    es.onProblem((problem) => problems.push(problem));

    stream.notice({ kind: 'oversized', part: 'data' });
    stream.notice({ kind: 'unsendableId', reason: 'too-long' });

    expect(problems).toEqual([
      { kind: 'oversized', part: 'data' },
      { kind: 'unsendable-id', reason: 'too-long' },
    ]);
  });

  it('tells once of an id that is not ASCII, and that goes into a header', async () => {
    const inHeader = await open();
    const inQuery = await open({ lastEventIdParam: 'id' });
    const problems: [string, StreamProblem][] = [];
    inHeader.es.onProblem((problem) => problems.push(['header', problem]));
    inQuery.es.onProblem((problem) => problems.push(['query', problem]));

    for (const { stream } of [inHeader, inQuery]) {
      stream.events(['message', '7', '1']);
      stream.events(['message', 'é8', '2']);
      stream.events(['message', '…9', '3']);
    }

    expect(problems).toEqual([['header', { kind: 'non-ascii-id', id: 'é8' }]]);
  });
});

describe('iteration', () => {
  it('gives events in order and ends with the stream', async () => {
    const { es, stream } = await open();
    const seen: string[] = [];
    const done = (async () => {
      for await (const event of es) seen.push(`${event.event}:${String(event.data)}`);
    })();

    stream.events(['message', '', '1'], ['error', '', '2']);
    stream.notice({ kind: 'closed', reason: 'no-content' });
    await done;

    expect(seen).toEqual(['message:1', 'error:2']);
  });

  it('throws when the stream fails, behind what came before', async () => {
    const { es, stream } = await open();
    const iterator = es[Symbol.asyncIterator]();
    stream.events(['message', '', '1']);
    stream.notice({ kind: 'closed', reason: 'failed', failure: { kind: 'protocol' } });

    expect(await iterator.next()).toMatchObject({ value: { data: '1' } });
    await expect(iterator.next()).rejects.toMatchObject({ code: 'invalid' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('keeps as many events as it may and tells of each that it drops', async () => {
    const { es, stream } = await open({ maxQueue: 2 });
    const problems: StreamProblem[] = [];
    es.onProblem((problem) => problems.push(problem));
    const iterator = es[Symbol.asyncIterator]();

    stream.events(['message', '', '1'], ['message', '', '2'], ['message', '', '3']);

    expect(problems).toEqual([{ kind: 'overflow' }]);
    expect(await iterator.next()).toMatchObject({ value: { data: '2' } });
  });

  it('keeps the newest thousand where nobody says how many', async () => {
    const { es, stream } = await open();
    const problems: StreamProblem[] = [];
    es.onProblem((problem) => problems.push(problem));
    const iterator = es[Symbol.asyncIterator]();

    for (let n = 1; n <= 3000; n += 1) stream.events(['message', '', `${n}`]);
    es.close();
    const kept: unknown[] = [];
    for await (const { data } of { [Symbol.asyncIterator]: () => iterator }) kept.push(data);

    expect(problems).toEqual(Array(3000 - 1024).fill({ kind: 'overflow' }));
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([1024, '1977', '3000']);
  });

  it('loses nothing to one that does not keep up', async () => {
    const { es, stream } = await open({ maxQueue: 2 });
    const heard: unknown[] = [];
    const fast: unknown[] = [];
    es.on('message', ({ data }) => heard.push(data));
    es[Symbol.asyncIterator]();
    const done = (async () => {
      for await (const { data } of es) fast.push(data);
    })();

    for (const data of ['1', '2', '3', '4']) {
      stream.events(['message', '', data]);
      await vi.waitFor(() => expect(fast.at(-1)).toBe(data));
    }
    es.close();
    await done;

    expect([heard, fast]).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3', '4'],
    ]);
  });

  it('leaves the stream open when it is left', async () => {
    const { es, stream } = await open();
    setTimeout(() => stream.events(['message', '', '1'], ['message', '', '2']));

    for await (const event of es) {
      expect(event.data).toBe('1');
      break;
    }

    expect(es.state.status).not.toBe('closed');
  });
});
