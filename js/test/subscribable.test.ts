import { afterEach, expect, test, vi } from 'vitest';
import { Store } from '../src/subscribable.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('changes_in_one_task_make_one_notification', async () => {
  const store = new Store(0);
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.getSnapshot()));

  store.set(1);
  store.set(2);
  const during = [...seen];
  await Promise.resolve();
  store.set(3);
  await Promise.resolve();

  expect(during).toEqual([]);
  expect(seen).toEqual([2, 3]);
});

test('the_same_value_is_no_change', async () => {
  const value = { n: 1 };
  const store = new Store(value);
  const listener = vi.fn();
  store.subscribe(listener);

  store.set(value);
  await Promise.resolve();

  expect(listener).not.toHaveBeenCalled();
});

test('the_server_snapshot_never_changes', () => {
  const store = new Store('first');

  store.set('second');

  expect([store.getSnapshot(), store.getServerSnapshot()]).toEqual(['second', 'first']);
});

test('each_subscription_of_one_listener_ends_by_itself', async () => {
  const store = new Store(0);
  const listener = vi.fn();
  const end = store.subscribe(listener);
  store.subscribe(listener);

  end();
  end();
  store.set(1);
  await Promise.resolve();

  expect(listener).toHaveBeenCalledTimes(1);
});

test('a_subscription_that_ends_meanwhile_is_not_called', async () => {
  const store = new Store(0);
  const second = vi.fn();
  store.subscribe(() => endSecond());
  const endSecond = store.subscribe(second);

  store.set(1);
  await Promise.resolve();

  expect(second).not.toHaveBeenCalled();
});

test('a_change_made_by_a_listener_is_notified_again', async () => {
  const store = new Store(0);
  const seen: number[] = [];
  store.subscribe(() => {
    seen.push(store.getSnapshot());
    if (store.getSnapshot() < 3) store.set(store.getSnapshot() + 1);
  });

  store.set(1);
  await vi.waitFor(() => expect(seen).toHaveLength(3), { interval: 1 });

  expect(seen).toEqual([1, 2, 3]);
});

test('a_listener_that_throws_is_reported_and_harms_no_other', async () => {
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  const failure = new Error('from a listener');
  const store = new Store(0);
  const next = vi.fn();
  store.subscribe(() => {
    throw failure;
  });
  store.subscribe(next);

  store.set(1);
  await Promise.resolve();

  expect(report.mock.calls).toEqual([[failure]]);
  expect(next).toHaveBeenCalledTimes(1);
});
