// @vitest-environment jsdom
import { act, cleanup, render, renderHook, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TabcastDevtools } from '../src/devtools/index.js';
import { useTabsFlow } from '../src/react/index.js';
import type { Manager } from '../src/socket/manager.js';
import { connected } from './support/connect.js';
import { script } from './support/core.js';

const ACT = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };

beforeEach(() => {
  ACT.IS_REACT_ACT_ENVIRONMENT = true;
  script.reset();
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** What the core says of the tabs: of this one, `aa`, and of the leader. */
function report(role: 'leader' | 'follower' | 'joining', term: number, leader?: string): void {
  script.connection.sink.tabs(role, term, 3, 2, leader, 'aa', undefined);
}

/** Counts of the tab, in the order of the core. */
function count(...numbers: number[]): void {
  script.connection.inspection = Uint32Array.from(numbers);
}

async function shared(options: object = {}): Promise<Manager> {
  const { manager } = await connected({ shared: true, scope: 'ann', ...options });
  return manager;
}

describe('inspect', () => {
  test('gives what the core counts, and zeros before there is one', async () => {
    const { Manager } = await import('../src/index.js');
    const early = new Manager('http://early.test', { autoConnect: false });
    const manager = await shared();
    count(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    expect(Object.values(early.inspect())).toEqual(Array(11).fill(0));
    expect(manager.inspect()).toEqual({
      ...{ queue: 1, lag: 2, kept: 3, published: 4, received: 5, gaps: 6, refilled: 7 },
      ...{ restated: 8, foreign: 9, otherVersion: 10, stale: 11 },
    });
  });

  test('flow looks once a second while somebody subscribes, and tells only of changes', async () => {
    const manager = await shared();
    vi.useFakeTimers();
    const { result, unmount } = renderHook(() => useTabsFlow(manager));
    const first = result.current;

    await act(() => vi.advanceTimersByTimeAsync(5000));
    const same = result.current;
    count(0, 7);
    await act(() => vi.advanceTimersByTimeAsync(1000));
    const later = result.current;
    unmount();

    expect(same).toBe(first);
    expect(later.lag).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the debug log', () => {
  test('tells elections, handovers, catch-ups and drops, and nothing of what is sent', async () => {
    const lines: string[] = [];
    vi.useFakeTimers({ now: 0, shouldAdvanceTime: true, toFake: ['setInterval', 'performance'] });
    const manager = await shared({ debug: (line: string) => lines.push(line) });
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    lines.length = 0;
    const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

    report('follower', 1, 'bb');
    await settle();
    report('joining', 1);
    await settle();
    report('leader', 2, 'aa');
    await settle();
    script.connection.sink.closed('transport close', 'secret detail');
    script.connection.sink.openFailed('secret message');
    count(0, 0, 0, 5, 5, 1, 1, 2, 1, 1, 1);
    await vi.advanceTimersByTimeAsync(300);

    const fixed = lines.map((line) => line.replace(/\d+ ms/, 'n ms'));
    expect(fixed).toEqual([
      'tab aa is follower, was joining; term 1',
      '3 tabs, 2 visible',
      'bb leads, term 1, after n ms without a leader',
      'tab aa is joining, was follower; term 1',
      'tab aa is leader, was joining; term 2',
      'handover from bb to aa, term 2, after n ms without a leader',
      'connection: close (transport close)',
      'connection: error (unavailable)',
      'gap: entries of the log are missing',
      'caught up: another tab had what was missing',
      'caught up: by the state of things, as no tab had what was missing (2 times)',
      'dropped: a message that is not of tabcast',
      'dropped: a message of another version of tabcast',
      'dropped: a message of a leader that was replaced',
    ]);
    expect(manager.tabs.getSnapshot().term).toBe(2);
  });

  test.each([
    ['tabcast', true],
    ['app, tabcast:tabs', true],
    ['*', true],
    ['tabcaster', false],
    ['', false],
  ])('localStorage.debug = %j', async (debug, wanted) => {
    localStorage.setItem('debug', debug);
    const write = vi.spyOn(console, 'debug').mockReturnValue();
    await shared();
    await import('../src/devtools/log.js');

    report('leader', 1, 'aa');
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(write.mock.calls.length > 0).toBe(wanted);
  });
});

describe('the panel', () => {
  /** Locks of this scope, of another one, and of another app. */
  function stubLocks(): void {
    const names = ['tabcast:tab:aa:s:1', 'tabcast:tab:bb:s:1', 'tabcast:tab:cc:other', 'x'];
    const query = async () => ({ held: names.map((name) => ({ name })), pending: [] });
    vi.stubGlobal('navigator', { ...navigator, locks: { query } });
  }

  test('shows the tabs of the scope, who leads, what flows and each handover', async () => {
    stubLocks();
    const manager = await shared();
    vi.useFakeTimers();
    report('follower', 4, 'bb');
    count(1, 2, 3, 10, 20);
    render(<TabcastDevtools manager={manager} />);

    const toggle = screen.getByRole('button', { name: /tabcast · follower · 3 tabs/ });
    const closed = screen.queryByRole('list');
    act(() => toggle.click());
    await act(() => vi.advanceTimersByTimeAsync(0));
    count(1, 2, 3, 10, 24);
    await act(() => vi.advanceTimersByTimeAsync(1000));
    report('leader', 5, 'aa');
    await act(() => vi.advanceTimersByTimeAsync(0));

    expect(closed).toBeNull();
    expect(toggle.getAttribute('aria-expanded')).toBe('true');
    expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      'aa leads (this tab)',
      'bb',
    ]);
    expect(screen.getByText('Flow: 4 per second')).toBeTruthy();
    const facts = screen.getAllByRole('definition').map((fact) => fact.textContent);
    expect(facts).toEqual(['10 / 24', '1', '2', '3', '0', '0 / 0', '0 / 0', '0']);
    const [, handover] = screen.getAllByRole('row');
    expect(handover?.textContent).toMatch(/bbaa50 ms$/);
  });

  test('says why nothing is shared', async () => {
    const { manager } = await connected();
    render(<TabcastDevtools manager={manager} defaultOpen />);
    await act(async () => undefined);

    expect(screen.getByText('Nothing is shared: off')).toBeTruthy();
  });
});
