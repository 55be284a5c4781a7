// @vitest-environment jsdom
import type { RealtimeClient } from '../../src/chat/types.js';
import { act, cleanup, render, renderHook } from '@testing-library/react';
import { StrictMode, useEffect, type ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadCore } from '../../src/core/load.js';
import { io, Manager } from '../../src/index.js';
import {
  RealtimeProvider,
  useRealtimeClient,
  useSocket,
  useSocketEvent,
  useTabs,
  type UseSocketResult,
} from '../../src/react/index.js';
import { script } from '../support/core.js';

const ACT = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
let site = 0;

beforeEach(async () => {
  ACT.IS_REACT_ACT_ENVIRONMENT = true;
  await loadCore();
  script.reset();
  site += 1;
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Lets promises settle and renders what they changed. */
const settle = async (): Promise<void> => {
  await act(() => vi.advanceTimersByTimeAsync(0));
};

/** An address that no other test uses: the hooks remember their Sockets. */
const url = (path = ''): string => `http://s${site}.test${path}`;

/** As much of a client as the hooks of sockets use. */
function client(): RealtimeClient {
  const manager = new Manager(url(), { autoConnect: false });
  return { manager } satisfies Partial<RealtimeClient> as RealtimeClient;
}

function provider(value: RealtimeClient) {
  return ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <RealtimeProvider client={value}>{children}</RealtimeProvider>
    </StrictMode>
  );
}

const names = (): unknown[] => script.connection.calls.map(([name]) => name);

describe('useSocket with an address', () => {
  test('connects_once_under_strict_mode_and_disconnects_after_the_last_user', async () => {
    const first = renderHook(() => useSocket(url('/a')), { wrapper: StrictMode });
    const second = renderHook(() => useSocket(url('/a')), { wrapper: StrictMode });
    await settle();
    const opened = script.connection.calls.slice();

    first.unmount();
    await act(() => vi.advanceTimersByTimeAsync(5000));
    const afterFirst = names();
    second.unmount();
    await act(() => vi.advanceTimersByTimeAsync(999));
    const justBefore = names();
    await act(() => vi.advanceTimersByTimeAsync(1));

    expect(script.connections).toHaveLength(1);
    expect(opened).toEqual([['open'], ['connect', 0, '/a']]);
    expect(afterFirst).toEqual(['open', 'connect']);
    expect(justBefore).toEqual(['open', 'connect']);
    expect(names()).toEqual(['open', 'connect', 'disconnect', 'close']);
  });

  test('stays_connected_on_the_way_to_the_next_page', async () => {
    const first = renderHook(() => useSocket(url()));
    await settle();

    first.unmount();
    await act(() => vi.advanceTimersByTimeAsync(900));
    renderHook(() => useSocket(url()));
    await act(() => vi.advanceTimersByTimeAsync(5000));

    expect(names()).toEqual(['open', 'connect']);
  });

  test('uses_the_same_socket_again_when_it_comes_back', async () => {
    renderHook(() => useSocket(url())).unmount();
    await act(() => vi.advanceTimersByTimeAsync(1000));

    renderHook(() => useSocket(url()));
    await settle();

    expect(script.connections).toHaveLength(1);
    expect(names().slice(-2)).toEqual(['open', 'connect']);
  });

  test('takes_options_written_inline_and_parts_those_that_differ', async () => {
    const { rerender } = renderHook(
      ({ user }) => useSocket(url(), { shared: true, scope: user, query: { a: 1 } }),
      { initialProps: { user: 'u1' } },
    );
    await settle();
    rerender({ user: 'u1' });
    await settle();
    const same = script.connections.length;
    rerender({ user: 'u2' });
    await settle();
    await act(() => vi.advanceTimersByTimeAsync(1000));

    expect(same).toBe(1);
    expect(script.connections.map(({ calls }) => calls.map(([name]) => name))).toEqual([
      ['open', 'connect', 'disconnect', 'close'],
      ['open', 'connect'],
    ]);
  });

  test('authenticates_with_what_the_newest_render_says', async () => {
    const { rerender } = renderHook(
      ({ token }) => useSocket(url(), { auth: (provide) => provide({ token }) }),
      { initialProps: { token: 'old' } },
    );
    await settle();
    rerender({ token: 'new' });
    script.connection.take();

    script.connection.sink.authWanted(1, 0, undefined, undefined, false);

    expect(script.connection.take()).toEqual([['provideAuth', 1, '{"token":"new"}']]);
  });

  test('shows_how_the_socket_is_doing', async () => {
    const { result } = renderHook(() => useSocket(url()), { wrapper: StrictMode });
    const shown: unknown[] = [];
    const show = async (): Promise<void> => {
      await settle();
      const { status, connected, id, error } = result.current;
      shown.push([status, connected, id, error?.message ?? null]);
    };
    await show();
    const { sink } = script.connection;

    sink.openFailed('websocket error');
    await show();
    sink.connected(0, 'sid-1', false);
    await show();
    sink.disconnected(0, 'transport close', undefined);
    await show();
    sink.openFailed('websocket error');
    await show();
    sink.reconnectFailed();
    await show();
    act(() => result.current.connect());
    sink.connected(0, 'sid-2', true);
    await show();
    act(() => result.current.disconnect());
    await show();
    act(() => result.current.connect());
    await show();
    sink.connectError(0, '{"message":"no"}', false);
    await show();

    expect(shown).toEqual([
      ['connecting', false, undefined, null],
      ['connecting', false, undefined, 'websocket error'],
      ['connected', true, 'sid-1', null],
      ['reconnecting', false, undefined, null],
      ['reconnecting', false, undefined, 'websocket error'],
      ['failed', false, undefined, 'websocket error'],
      ['connected', true, 'sid-2', null],
      ['closed', false, undefined, null],
      ['connecting', false, undefined, null],
      ['failed', false, undefined, 'no'],
    ]);
  });

  test('keeps_its_functions_and_renders_only_for_changes', async () => {
    let renders = 0;
    const { result } = renderHook(() => {
      renders += 1;
      return useSocket(url());
    });
    await settle();
    const before = result.current;
    const rendersBefore = renders;

    for (let n = 0; n < 10; n++) script.connection.sink.event(0, '["a"]', undefined, -1);
    await settle();
    const rendersForEvents = renders - rendersBefore;
    script.connection.sink.connected(0, 'sid-1', false);
    await settle();
    const after = result.current;

    expect(rendersForEvents).toBe(0);
    expect(after).not.toBe(before);
    for (const name of ['on', 'emit', 'emitWithAck', 'timeout', 'connect', 'disconnect'] as const) {
      expect(after[name]).toBe(before[name]);
    }
    expect([after.volatile, after.buffered]).toEqual([before.volatile, before.buffered]);
  });

  test('does_not_connect_while_it_is_not_enabled', async () => {
    const { result, rerender } = renderHook(({ enabled }) => useSocket(url(), { enabled }), {
      initialProps: { enabled: false },
    });
    await settle();
    const idle = [script.connections.length, result.current.status];
    rerender({ enabled: true });
    await settle();

    expect(idle).toEqual([0, 'idle']);
    expect([names(), result.current.status]).toEqual([['open', 'connect'], 'connecting']);
  });

  test('calls_the_newest_listener_and_subscribes_once', async () => {
    const seen: unknown[] = [];
    const { rerender, unmount } = renderHook(
      ({ n }) => useSocket(url(), { on: { a: (value: number) => seen.push([n, value]) } }),
      { initialProps: { n: 1 }, wrapper: StrictMode },
    );
    await settle();
    const { sink } = script.connection;
    sink.connected(0, 'sid-1', false);

    sink.event(0, '["a",10]', undefined, -1);
    rerender({ n: 2 });
    sink.event(0, '["a",20]', undefined, -1);
    unmount();
    sink.event(0, '["a",30]', undefined, -1);

    expect(seen).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  test('lets_a_child_listen_before_its_own_effects_run', async () => {
    const seen: unknown[] = [];
    const Child = ({ socket }: { socket: UseSocketResult<any, any> }): null => {
      const { on } = socket;
      useEffect(() => on('a', (value: unknown) => seen.push(value)), [on]);
      return null;
    };
    const Parent = (): ReactNode => <Child socket={useSocket(url())} />;
    render(<Parent />, { wrapper: StrictMode });
    await settle();

    script.connection.sink.connected(0, 'sid-1', false);
    await settle();
    script.connection.sink.event(0, '["a",1]', undefined, -1);

    expect(seen).toEqual([1]);
  });
});

describe('what a component sends', () => {
  async function mounted(): Promise<UseSocketResult<any, any>> {
    const { result } = renderHook(() => useSocket(url()));
    await settle();
    script.connection.take();
    return result.current;
  }
  const disconnected = expect.objectContaining({ code: 'disconnected', retryable: true });

  test('is_refused_while_there_is_no_connection', async () => {
    const socket = await mounted();

    const reason = await socket.emitWithAck('a').catch((caught: unknown) => caught);

    expect(() => socket.emit('a')).toThrow(disconnected);
    expect(reason).toEqual(disconnected);
    expect(script.connection.take()).toEqual([]);
  });

  test('is_dropped_if_volatile_and_kept_if_buffered', async () => {
    const socket = await mounted();

    socket.volatile.emit('a');
    socket.buffered.emit('b');
    const reason = await socket.volatile.emitWithAck('c').catch((caught: unknown) => caught);

    expect(reason).toEqual(disconnected);
    expect(script.connection.take()).toEqual([
      ['emit', 0, 0, '["b"]', undefined, false, false, -1],
    ]);
  });

  test('goes_out_once_connected_with_ten_seconds_for_an_answer', async () => {
    const socket = await mounted();
    const { sink } = script.connection;
    sink.connected(0, 'sid-1', false);
    await settle();

    socket.volatile.emit('a');
    socket.emit('b', 1);
    const answer = socket.emitWithAck('c');
    void socket.timeout(5).emitWithAck('d');
    sink.acked(0, 2, '["yes"]', undefined);

    expect(await answer).toBe('yes');
    expect(script.connection.take()).toEqual([
      ['emit', 0, 0, '["a"]', undefined, false, true, -1],
      ['emit', 0, 1, '["b",1]', undefined, false, false, -1],
      ['emit', 0, 2, '["c"]', undefined, true, false, 10000],
      ['emit', 0, 3, '["d"]', undefined, true, false, 5],
    ]);
  });
});

describe('useSocket with a provider', () => {
  test('uses_a_namespace_of_its_client', async () => {
    const value = client();
    const { result } = renderHook(() => [useSocket(), useSocket({ namespace: '/b' })], {
      wrapper: provider(value),
    });
    await settle();

    script.connection.sink.connected(1, 'sid-b', false);
    await settle();

    expect(script.connection.calls).toEqual([['open'], ['connect', 0, '/'], ['connect', 1, '/b']]);
    expect(result.current.map(({ status }) => status)).toEqual(['connecting', 'connected']);
  });

  test('shows_the_part_of_the_tab', async () => {
    const value = client();
    const { result } = renderHook(() => [useSocket().role, useTabs().role], {
      wrapper: provider(value),
    });
    await settle();

    script.connection.sink.tabs('leader', 1, 2, 1, 't', 't', undefined);
    await settle();

    expect(result.current).toEqual(['leader', 'leader']);
  });

  test('without_one_hooks_say_what_is_missing', () => {
    const quiet = vi.spyOn(console, 'error').mockReturnValue();

    for (const hook of [useSocket, useTabs, useRealtimeClient]) {
      expect(() => renderHook(() => hook())).toThrow(/^tabcast: .*<RealtimeProvider>/);
    }
    expect(() => renderHook(() => useSocketEvent('a', () => undefined))).toThrow(/^tabcast: /);
    quiet.mockRestore();
  });
});

describe('useSocket with a socket of the app', () => {
  test('shows_it_and_neither_connects_nor_disconnects_it', async () => {
    const socket = io(url(), { autoConnect: false });
    const { result, unmount } = renderHook(() => useSocket(socket), { wrapper: StrictMode });
    await settle();
    const idle = [script.connections.length, result.current.status];
    act(() => void socket.connect());
    await settle();
    script.connection.sink.connected(0, 'sid-1', false);
    await settle();
    const { status, id } = result.current;
    unmount();
    await act(() => vi.advanceTimersByTimeAsync(5000));

    expect(idle).toEqual([0, 'idle']);
    expect([status, id]).toEqual(['connected', 'sid-1']);
    expect(socket.connected).toBe(true);
  });
});

describe('useSocketEvent', () => {
  test('hears_the_client_of_the_provider_and_keeps_it_connected', async () => {
    const value = client();
    const seen: unknown[] = [];
    const { rerender, unmount } = renderHook(
      ({ n }) => useSocketEvent('a', (v: number) => seen.push([n, v])),
      { initialProps: { n: 1 }, wrapper: provider(value) },
    );
    await settle();
    const { sink } = script.connection;
    sink.connected(0, 'sid-1', false);

    sink.event(0, '["a",10]', undefined, -1);
    rerender({ n: 2 });
    sink.event(0, '["a",20]', undefined, -1);
    unmount();
    sink.event(0, '["a",30]', undefined, -1);
    await act(() => vi.advanceTimersByTimeAsync(1000));

    expect(seen).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(names()).toEqual(['open', 'connect', 'disconnect', 'close']);
  });

  test('hears_a_socket_that_it_is_given', async () => {
    const seen: unknown[] = [];
    renderHook(() => {
      const socket = useSocket(url());
      useSocketEvent('a', (value: unknown) => seen.push(value), socket);
    });
    await settle();

    script.connection.sink.connected(0, 'sid-1', false);
    await settle();
    script.connection.sink.event(0, '["a",1]', undefined, -1);

    expect(seen).toEqual([1]);
  });
});

describe('useTabs', () => {
  test('watches_the_manager_that_it_is_given', async () => {
    const { manager } = client();
    const { result } = renderHook(() => useTabs(manager.tabs));

    expect(result.current).toBe(manager.tabs.getServerSnapshot());
  });
});
