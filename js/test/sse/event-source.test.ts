import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadCore } from '../../src/core/load.js';
import { EventSource, type EventSourceOptions } from '../../src/sse/index.js';
import { FakeCore } from './fake-core.js';

vi.mock('../../src/core/load.js', () => ({ loadCore: vi.fn() }));

const URL = 'https://example.org/feed';
let core: FakeCore;

beforeEach(() => {
  core = new FakeCore();
  vi.mocked(loadCore).mockResolvedValue(core as never);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function open(init: EventSourceOptions = {}) {
  const es = new EventSource(URL, init);
  await vi.waitFor(() => core.stream);
  return { es, stream: core.stream };
}

describe('EventSource', () => {
  it('has the constants of the standard, on the class and on each instance', async () => {
    const { es } = await open();

    const states = ({ CONNECTING, OPEN, CLOSED }: typeof EventSource | EventSource) => [
      CONNECTING,
      OPEN,
      CLOSED,
    ];
    expect(states(EventSource)).toEqual([0, 1, 2]);
    expect(states(es)).toEqual([0, 1, 2]);
    expect([es.url, es.withCredentials, es.readyState]).toEqual([URL, false, 0]);
  });

  it('can stand where code asks for an EventSource', async () => {
    const { es, stream } = await open();
    const native: globalThis.EventSource = es;
    const seen: string[] = [];
    native.addEventListener('update', ({ data }) => seen.push(data as string));

    stream.events(['update', '', 'a']);

    expect(seen).toEqual(['a']);
    expect(Object.keys(es)).toEqual([]);
  });

  it('refuses what is not a URL with a SyntaxError', () => {
    expect(() => new EventSource('http://')).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    );
  });

  it('sends cookies to other origins only if told to', async () => {
    const plain = await open();
    const es = new EventSource(URL, { withCredentials: true });
    await vi.waitFor(() => expect(core.streams.length).toBe(2));
    const { stream } = core;

    expect(plain.stream.config.credentials).toBe('same-origin');
    expect(stream.config.credentials).toBe('include');
    expect(es.withCredentials).toBe(true);
  });

  it('dispatches events of any name as MessageEvent', async () => {
    const { es, stream } = await open();
    const seen: unknown[] = [];
    const note = (event: Event) => {
      const { type, data, lastEventId, origin } = event as MessageEvent;
      seen.push([type, data, lastEventId, origin, event.target === es]);
    };
    for (const name of ['message', 'update', '__proto__', 'error']) es.addEventListener(name, note);

    stream.events(
      ['message', '1', 'a'],
      ['update', '2', 'b'],
      ['__proto__', '2', 'c'],
      ['error', '2', 'd'],
      ['unheard', '2', 'e'],
    );

    const origin = 'https://example.org';
    expect(seen).toEqual([
      ['message', 'a', '1', origin, true],
      ['update', 'b', '2', origin, true],
      ['__proto__', 'c', '2', origin, true],
      ['error', 'd', '2', origin, true],
    ]);
  });

  it('names the origin of the response behind all redirects', async () => {
    const response = { url: 'https://cdn.example/feed' } as Response;
    const { es, stream } = await open({ fetch: () => Promise.resolve(response) });
    const origins: string[] = [];
    es.onmessage = ({ origin }) => origins.push(origin);

    await stream.config.fetch?.(new Request(URL));
    stream.events(['message', '', 'a']);

    expect(origins).toEqual(['https://cdn.example']);
  });

  it('says with readyState whether another attempt follows an error', async () => {
    const { es, stream } = await open();
    const seen: unknown[] = [];
    es.onopen = () => seen.push(['open', es.readyState]);
    es.onerror = () => seen.push(['error', es.readyState]);
    const failure = { kind: 'network' } as const;

    stream.notice({ kind: 'opened' });
    stream.notice({ kind: 'failed', failure, retryInMs: 5, undecided: false });
    stream.notice({ kind: 'connecting', failures: 1 });
    stream.notice({ kind: 'failed', failure: { kind: 'status', status: 404 }, undecided: false });
    stream.notice({ kind: 'closed', reason: 'failed', failure: { kind: 'status', status: 404 } });

    expect(seen).toEqual([
      ['open', 1],
      ['error', 0],
      ['error', 2],
    ]);
  });

  it('calls one handler of a kind, the latest, in the place of the first', async () => {
    const { es, stream } = await open();
    const calls: string[] = [];
    es.onmessage = () => calls.push('first');
    es.addEventListener('message', () => calls.push('listener'));
    const second = () => calls.push('second');
    es.onmessage = second;

    stream.events(['message', '', 'a']);
    es.onmessage = null;
    stream.events(['message', '', 'b']);

    expect(calls).toEqual(['second', 'listener', 'listener']);
    expect(es.onmessage).toBeNull();
  });

  it('is closed at once and for good, in the middle of a chunk too', async () => {
    const { es, stream } = await open();
    const seen: string[] = [];
    es.onmessage = ({ data }) => {
      seen.push(data);
      es.close();
    };
    es.onerror = () => seen.push('error');

    stream.events(['message', '', 'a'], ['message', '', 'b']);
    stream.notice({ kind: 'opened' });

    expect(seen).toEqual(['a']);
    expect(es.readyState).toBe(2);
    expect(stream.calls).toContainEqual(['close']);
  });
});
