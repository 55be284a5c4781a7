// @vitest-environment jsdom
import { act, cleanup, render, renderHook, screen } from '@testing-library/react';
import { StrictMode, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  RealtimeProvider,
  TypingIndicator,
  UserPresence,
  useConnectionStatus,
  useMyPresence,
  usePresence,
  useRealtimeChat,
  useRoom,
  useTyping,
} from '../src/react/index.js';
import { typingText } from '../src/react/typing-indicator.js';
import { setUp, type Setup } from './support/chat.js';
import { loadRealCore } from './support/real-core.js';

let setup: Setup;

beforeEach(async () => {
  await loadRealCore();
  vi.useFakeTimers();
  setup = setUp();
});

afterEach(() => {
  cleanup();
  setup.client.destroy();
  vi.useRealTimers();
});

function Strict({ children }: { children: ReactNode }): ReactNode {
  return (
    <StrictMode>
      <RealtimeProvider client={setup.client}>{children}</RealtimeProvider>
    </StrictMode>
  );
}

async function settle(ms = 0): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms));
}

function types(user: string, on = true): void {
  setup.link.receive('typing', { roomId: 'r', user, device: 'd', on, ttl: on ? 7000 : 0 });
}

it('greets the server once, under StrictMode too, and a remount causes no traffic', async () => {
  const first = renderHook(() => useRealtimeChat('r'), { wrapper: Strict });
  await settle();
  const calls = [...setup.link.calls];

  first.unmount();
  await settle(900);
  const second = renderHook(() => useRealtimeChat('r'), { wrapper: Strict });
  await settle(10_000);

  expect(calls.map(({ event, payload }) => [event, payload.rooms])).toEqual([
    ['rt:hello', [{ roomId: 'r' }]],
  ]);
  expect(setup.link.calls).toEqual(calls);
  expect(second.result.current.sync).toBe('live');
});

it('joins a second room over the same connection', async () => {
  const { rerender } = renderHook(({ room }) => useRealtimeChat(room), {
    wrapper: Strict,
    initialProps: { room: 'r' },
  });
  await settle();

  rerender({ room: 'q' });
  await settle(2000);

  const events = setup.link.calls.map(({ event, payload }) => [event, payload.roomId]);
  expect(events).toEqual([
    ['rt:hello', undefined],
    ['room:join', 'q'],
    ['room:leave', 'r'],
  ]);
});

it('opens nothing while it is not enabled', async () => {
  const { rerender } = renderHook(({ enabled }) => useRealtimeChat('r', { enabled }), {
    wrapper: Strict,
    initialProps: { enabled: false },
  });
  await settle(1000);
  const before = setup.link.active;

  rerender({ enabled: true });
  await settle();

  expect(before).toBe(false);
  expect(setup.link.callsOf('rt:hello')).toHaveLength(1);
});

it('shows messages, sends them, and keeps the functions', async () => {
  const { result } = renderHook(() => useRealtimeChat('r'), { wrapper: Strict });
  const { send, retry, discard, loadOlder, composer } = result.current;
  await settle();
  setup.server.faults.set('msg:send', undefined);

  act(() => {
    setup.server.say('one');
    send({ text: 'two' });
  });
  await settle();
  const shown = result.current.messages.map(({ text, status, mine }) => [text, status, mine]);
  setup.server.faults.clear();
  act(() => {
    setup.link.down();
    setup.link.up();
  });
  await settle();

  expect(shown).toEqual([
    ['one', 'sent', false],
    ['two', 'sending', true],
  ]);
  expect(result.current.messages.map(({ text, status }) => [text, status])).toEqual([
    ['one', 'sent'],
    ['two', 'sent'],
  ]);
  expect(result.current).toMatchObject({ send, retry, discard, loadOlder, composer });
});

it('renders once for a burst of messages', async () => {
  let renders = 0;
  renderHook(
    () => {
      renders += 1;
      return useRealtimeChat('r');
    },
    {
      wrapper: ({ children }) => (
        <RealtimeProvider client={setup.client}>{children}</RealtimeProvider>
      ),
    },
  );
  await settle();
  const before = renders;

  act(() => {
    for (let count = 0; count < 200; count++) setup.server.say('more');
  });
  await settle();

  expect(renders - before).toBe(1);
});

it('renders a slice of a room only when it changes', async () => {
  let renders = 0;
  const { result } = renderHook(
    () => {
      renders += 1;
      return useRoom('r', (room) => ({ count: room.messages.length }), sameCount);
    },
    {
      wrapper: ({ children }) => (
        <RealtimeProvider client={setup.client}>{children}</RealtimeProvider>
      ),
    },
  );
  await settle();
  const before = renders;
  const { current } = result;

  act(() => types('bob'));
  await settle();
  const unchanged = [renders - before, result.current === current];
  act(() => void setup.server.say('one'));
  await settle();

  expect(unchanged).toEqual([0, true]);
  expect(result.current).toEqual({ count: 1 });
});

function sameCount(a: { count: number }, b: { count: number }): boolean {
  return a.count === b.count;
}

it('shows who types, and says that the user does', async () => {
  const { result } = renderHook(() => useTyping('r'), { wrapper: Strict });
  await settle();

  act(() => types('bob'));
  act(() => result.current.inputProps.onInput());
  await settle();
  const typing = result.current;
  act(() => types('bob', false));
  act(() => result.current.inputProps.onBlur());
  await settle();

  expect(typing).toMatchObject({ count: 1, typers: [{ user: 'bob' }] });
  expect(result.current.typers).toEqual([]);
  expect(setup.link.callsOf('typing').map(({ on }) => on)).toEqual([true, false]);
});

it('follows one user, or several, or oneself', async () => {
  const meta = { ref: '1', device: 'd', kind: 'web', state: 'online', activeAt: 5 };
  setup.server.faults.set('presence:watch', { ok: true, data: { users: { bob: [meta] } } });
  const { result, rerender } = renderHook(
    () => ({ one: usePresence('bob'), all: usePresence(['bob', 'carl']), me: useMyPresence() }),
    { wrapper: Strict },
  );
  await settle(100);
  const before = result.current.all;

  rerender();

  const { one, all, me } = result.current;
  expect(one.state).toBe('online');
  expect([...all.values()].map(({ user, state }) => [user, state])).toEqual([
    ['bob', 'online'],
    ['carl', 'offline'],
  ]);
  expect(all).toBe(before);
  expect(me.state).toBe('offline');
  expect(setup.link.callsOf('presence:watch')).toEqual([
    { users: ['ann', 'bob', 'carl'], on: true },
  ]);
});

it('shows how the connection is doing, without making one', async () => {
  const { result } = renderHook(
    () => ({ all: useConnectionStatus(), status: useConnectionStatus((state) => state.status) }),
    { wrapper: Strict },
  );
  const idle = result.current;
  await settle(1000);
  const active = setup.link.active;

  act(() => idle.all.reconnect());
  await settle();

  expect(idle).toMatchObject({ all: { status: 'idle', isOnline: false }, status: 'idle' });
  expect(active).toBe(false);
  expect(result.current).toMatchObject({ all: { isOnline: true }, status: 'connected' });
});

it('renders on a server what the first render in a browser is', () => {
  function Page(): ReactNode {
    const { messages, sync } = useRealtimeChat('r');
    const { state } = usePresence('bob');
    const status = useConnectionStatus((connection) => connection.status);
    return <p>{[messages.length, sync, state, status].join(' ')}</p>;
  }

  const html = renderToString(
    <RealtimeProvider client={setup.client}>
      <Page />
    </RealtimeProvider>,
  );

  expect(html).toBe('<p>0 initial offline idle</p>');
  expect(setup.link.active).toBe(false);
});

it('refuses to work without a provider', () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});

  expect(() => renderHook(() => useTyping('r'))).toThrow(/RealtimeProvider/);
  error.mockRestore();
});

it('tells who types in words that are read out', async () => {
  render(<TypingIndicator room="r" name={(user) => user.toUpperCase()} />, { wrapper: Strict });
  await settle();

  act(() => types('bob'));
  await settle();

  const status = screen.getByRole('status');
  expect(status.textContent).toBe('BOB is typing');
  expect(status.getAttribute('aria-live')).toBe('polite');
});

it.each([
  [[], ''],
  [['A'], 'A is typing'],
  [['A', 'B'], 'A and B are typing'],
  [['A', 'B', 'C'], 'A, B and C are typing'],
  [['A', 'B', 'C', 'D', 'E'], 'A, B and 3 others are typing'],
])('%j: "%s"', (names, text) => {
  expect(typingText(names, 3)).toBe(text);
});

it('counts all when none are to be named', () => {
  expect(typingText(['A', 'B'], 1)).toBe('2 people are typing');
});

it('shows presence with a name besides the colour', async () => {
  render(<UserPresence user="bob" />, { wrapper: Strict });
  await settle(100);

  expect(screen.getByRole('img', { name: 'offline' }).dataset['state']).toBe('offline');
});

it('leaves the markup to the app', async () => {
  render(
    <>
      <TypingIndicator room="r">{(typers) => <b>{typers.length} type</b>}</TypingIndicator>
      <UserPresence user="bob">{({ user, state }) => <i>{`${user} is ${state}`}</i>}</UserPresence>
    </>,
    { wrapper: Strict },
  );
  await settle(100);

  expect(screen.getByText('0 type').tagName).toBe('B');
  expect(screen.getByText('bob is offline').tagName).toBe('I');
});
