// @vitest-environment jsdom
import { act, cleanup, renderHook } from '@testing-library/react';
import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadCore } from '../../src/core/load.js';
import { useSSE, type UseSSEOptions } from '../../src/react/use-sse.js';
import { FakeCore, type FakeStream } from './fake-core.js';

vi.mock('../../src/core/load.js', () => ({ loadCore: vi.fn() }));

interface Feed {
  add: number;
  note: string;
}

const URL = 'https://example.org/feed';
let core: FakeCore;
let frames: Map<number, () => void>;
let uncaught: unknown[];

beforeEach(() => {
  core = new FakeCore();
  vi.mocked(loadCore)
    .mockReset()
    .mockResolvedValue(core as never);
  frames = new Map();
  let frameId = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    frames.set(++frameId, callback);
    return frameId;
  });
  vi.stubGlobal('cancelAnimationFrame', (id: number) => frames.delete(id));
  uncaught = [];
  vi.stubGlobal('reportError', (error: unknown) => uncaught.push(error));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Lets the browser draw. */
function frame() {
  act(() => {
    for (const callback of [...frames.values()]) callback();
  });
}

async function mount<State>(options: UseSSEOptions<Feed, State> = {}, strict = false) {
  const renders: unknown[] = [];
  const hook = renderHook(
    (props: { url?: string | null; options?: UseSSEOptions<Feed, State> }) => {
      const result = useSSE<Feed, State>(props.url === undefined ? URL : props.url, {
        ...options,
        ...props.options,
      });
      renders.push(result);
      return result;
    },
    { initialProps: {}, ...(strict ? { wrapper: StrictMode } : {}) },
  );
  await vi.waitFor(() => core.stream);
  return { ...hook, renders };
}

function opened(stream: FakeStream) {
  stream.notice({ kind: 'connecting', failures: 0 });
  stream.notice({ kind: 'headersWanted', attempt: 1 });
  stream.notice({ kind: 'opened' });
}

describe('useSSE', () => {
  it('reduces every event and renders once a frame', async () => {
    const on = vi.fn();
    const { result, renders } = await mount<number>({
      initial: 0,
      reduce: (sum, event) => (event.event === 'add' ? sum + event.data : sum),
      on: { add: on },
      keep: 2,
    });
    opened(core.stream);
    frame();
    const before = renders.length;

    for (let n = 1; n <= 100; n++) core.stream.events(['add', String(n), String(n)]);
    frame();
    frame();

    expect(renders.length - before).toBe(1);
    expect(on).toHaveBeenCalledTimes(100);
    expect(result.current).toMatchObject({
      status: 'open',
      state: 5050,
      last: { event: 'add', id: '100', data: 100 },
      events: [{ data: 99 }, { data: 100 }],
      lastEventId: '100',
      attempt: 0,
      error: null,
    });
  });

  it('follows the stream from idle to failed', async () => {
    const { result } = await mount();
    const seen = [result.current.status];
    const see = () => {
      frame();
      seen.push(result.current.status);
    };

    core.stream.notice({ kind: 'connecting', failures: 0 });
    core.stream.notice({ kind: 'headersWanted', attempt: 1 });
    see();
    core.stream.notice({ kind: 'opened' });
    see();
    core.stream.notice({
      kind: 'failed',
      failure: { kind: 'network' },
      retryInMs: 10,
      undecided: false,
    });
    see();
    const attempt = result.current.attempt;
    core.stream.notice({ kind: 'connecting', failures: 1 });
    core.stream.notice({ kind: 'headersWanted', attempt: 2 });
    see();
    const failure = { kind: 'status', status: 403 } as const;
    core.stream.notice({ kind: 'failed', failure, undecided: false });
    core.stream.notice({ kind: 'closed', reason: 'failed', failure });
    see();

    expect(seen).toEqual(['idle', 'connecting', 'open', 'reconnecting', 'reconnecting', 'failed']);
    expect(attempt).toBe(1);
    expect(result.current.error).toMatchObject({ code: 'forbidden', status: 403 });
  });

  it('opens one stream under StrictMode and ends it when the last component is gone', async () => {
    const { unmount } = await mount({}, true);
    await act(async () => {});

    expect(core.streams).toHaveLength(1);
    expect(core.stream.calls).toEqual([['open', '']]);

    unmount();
    await vi.waitFor(() => expect(core.stream.calls).toContainEqual(['close']));
  });

  it('shares its stream, and takes another one for another user', async () => {
    const { rerender } = await mount({ share: { scope: 'ada', replay: 5 } });
    const ada = core.stream.config.share;

    rerender({ options: { share: { scope: 'ada', replay: 5 } } });
    await act(async () => {});
    expect(core.streams).toHaveLength(1);
    rerender({ options: { share: { scope: 'bob' } } });
    await vi.waitFor(() => expect(core.streams).toHaveLength(2));

    expect(ada?.replay).toBe(5);
    expect(core.stream.config.share?.scope).not.toBe(ada?.scope);
  });

  it('keeps its stream when only functions change, and calls the latest', async () => {
    const first = vi.fn();
    const second = vi.fn();
    const { rerender } = await mount({ on: { note: first } });

    rerender({ options: { on: { note: second }, headers: () => ({}), initial: undefined } });
    core.stream.events(['note', '', '"x"']);

    expect(core.streams).toHaveLength(1);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledTimes(1);
  });

  it('starts over with another URL, and idles without one', async () => {
    const { result, rerender } = await mount<number>({ initial: 7, reduce: () => 8 });
    core.stream.events(['add', '1', '1']);
    frame();
    const old = core.stream;

    rerender({ url: 'https://example.org/other' });
    await vi.waitFor(() => expect(core.streams).toHaveLength(2));
    const other = core.stream.config.url;
    const startedOver = result.current.state;
    rerender({ url: null });
    await vi.waitFor(() => expect(core.stream.calls).toContainEqual(['close']));

    expect(old.calls).toContainEqual(['close']);
    expect([other, startedOver]).toEqual(['https://example.org/other', 7]);
    expect(core.streams).toHaveLength(2);
    expect(result.current.status).toBe('idle');
  });

  it('opens nothing while it is not enabled', () => {
    const { result } = renderHook(() => useSSE(URL, { enabled: false }));

    expect(result.current.status).toBe('idle');
    expect(core.streams).toEqual([]);
  });

  it('gives text that is not JSON as it is', async () => {
    const { result } = await mount();

    core.stream.events(['note', '', 'plain {text']);
    frame();

    expect(result.current.last?.data).toBe('plain {text');
  });

  it('reports a reducer that throws and keeps the state', async () => {
    const fault = new Error('reducer');
    const { result } = await mount<number>({
      initial: 1,
      reduce: () => {
        throw fault;
      },
    });

    core.stream.events(['add', '1', '1']);
    frame();

    expect(uncaught).toEqual([fault]);
    expect(result.current).toMatchObject({ state: 1, lastEventId: '1' });
  });

  it('can be closed and opened again behind its last event', async () => {
    const { result } = await mount();
    core.stream.events(['note', '9', 'x']);

    act(() => result.current.close());
    frame();
    const closed = result.current.status;
    act(() => result.current.reopen());
    await vi.waitFor(() => expect(core.streams).toHaveLength(2));

    expect(closed).toBe('closed');
    expect(core.stream.calls).toEqual([['open', '9']]);
  });

  it('shows a URL that can never be as a failure', () => {
    const { result } = renderHook(() => useSSE('nowhere:'));
    frame();

    expect(result.current).toMatchObject({ status: 'failed', error: { code: 'invalid' } });
  });

  it('draws by a timer where there are no frames', async () => {
    vi.stubGlobal('requestAnimationFrame', undefined);
    const { result } = await mount();

    core.stream.events(['note', '', 'x']);

    await vi.waitFor(() => expect(result.current.last?.data).toBe('x'));
  });

  it('renders on a server, where it is idle', () => {
    function View() {
      const { status, state } = useSSE<Feed, number>(URL, { initial: 3 });
      return (
        <p>
          {status} {state}
        </p>
      );
    }

    expect(renderToString(<View />)).toBe('<p>idle<!-- --> <!-- -->3</p>');
    expect(loadCore).not.toHaveBeenCalled();
  });
});
