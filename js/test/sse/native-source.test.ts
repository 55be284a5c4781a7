import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadCore } from '../../src/core/load.js';
import { openEvents } from '../../src/sse/index.js';
import { NativeSource } from '../../src/sse/native-source.js';
import { FakeCore } from './fake-core.js';

vi.mock('../../src/core/load.js', () => ({ loadCore: vi.fn() }));

/** A browser's `EventSource` that does only what the test says. */
class Native extends EventTarget {
  static latest: Native;
  onopen: (() => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  closed = false;

  constructor(
    readonly url: string,
    readonly init: EventSourceInit,
  ) {
    super();
    Native.latest = this;
  }

  close(): void {
    this.closed = true;
  }
}

beforeEach(() => {
  vi.stubGlobal('EventSource', Native);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function start(source: NativeSource, init: RequestInit = {}) {
  const answer = source.fetch(new Request('https://example.org/feed?lastEventId=7', init));
  answer.catch(() => undefined);
  Native.latest.onopen?.();
  const reader = (await answer).body!.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { native: Native.latest, read, reader };
}

const message = (type: string, data: string, lastEventId: string) =>
  new MessageEvent(type, { data, lastEventId });

describe('NativeSource', () => {
  it('answers like fetch, with the events as a server writes them', async () => {
    const source = new NativeSource();
    source.listen('update');
    const { native, read } = await start(source, { credentials: 'include' });
    source.listen('late');

    native.dispatchEvent(message('message', 'a\nb', '8'));
    native.dispatchEvent(message('update', '', '8'));
    native.dispatchEvent(message('late', 'c', ''));

    expect(await read()).toBe('event: message\nid: 8\ndata: a\ndata: b\n\n');
    expect(await read()).toBe('event: update\nid: 8\ndata: \n\n');
    expect(await read()).toBe('event: late\nid: \ndata: c\n\n');
    expect(native.url).toBe('https://example.org/feed?lastEventId=7');
    expect(native.init).toEqual({ withCredentials: true });
  });

  it('is closed by the first error, before or behind the response', async () => {
    const source = new NativeSource();
    const refused = source.fetch(new Request('https://example.org/feed'));
    Native.latest.onerror?.(new Event('error'));
    await expect(refused).rejects.toThrow(TypeError);
    expect(Native.latest.closed).toBe(true);

    const { native, reader } = await start(source);
    const read = reader.read();
    native.onerror?.(new Event('error'));

    await expect(read).rejects.toThrow(TypeError);
    expect(native.closed).toBe(true);
  });

  it('does not take an event that the server named error for one', async () => {
    const source = new NativeSource();
    source.listen('error');
    const { native, read } = await start(source);

    const event = message('error', 'a', '');
    native.onerror?.(event);
    native.dispatchEvent(event);

    expect(await read()).toBe('event: error\nid: \ndata: a\n\n');
    expect(native.closed).toBe(false);
  });

  it('is closed by the abort of the request', async () => {
    const controller = new AbortController();
    const { native } = await start(new NativeSource(), { signal: controller.signal });

    controller.abort();

    expect(native.closed).toBe(true);
  });
});

describe('openEvents in a browser that cannot stream fetch', () => {
  let core: FakeCore;

  beforeEach(() => {
    core = new FakeCore();
    vi.mocked(loadCore).mockResolvedValue(core as never);
    vi.stubGlobal('ReadableStream', undefined);
  });

  it('takes the native EventSource, with the id in the query', async () => {
    openEvents('https://example.org/feed?a=1');
    await vi.waitFor(() => core.stream);

    const { fetch, idPrefix, idle } = core.stream.config;
    expect(fetch).toBeTypeOf('function');
    expect(idPrefix).toBe('&lastEventId=');
    expect(idle).toEqual({ kind: 'off' });
  });

  it.each([{ headers: { a: 'b' } }, { method: 'POST' }, { body: 'a' }])(
    'refuses what it cannot do: %o',
    (options) => {
      expect(() => openEvents('https://example.org/feed', options)).toThrow(
        expect.objectContaining({ code: 'unsupported' }),
      );
    },
  );
});
