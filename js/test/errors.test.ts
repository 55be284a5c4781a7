import { afterEach, expect, test, vi } from 'vitest';
import { reportUncaught, TabcastError } from '../src/errors.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('an_error_carries_what_it_was_given_and_nothing_else', () => {
  const cause = new Error('why');

  const full = new TabcastError('rate_limited', 'slow down', {
    retryAfterMs: 500,
    status: 429,
    data: { limit: 1 },
    cause,
  });
  const bare = new TabcastError('invalid', 'no');

  expect({ ...full, cause: full.cause, message: full.message }).toEqual({
    name: 'TabcastError',
    code: 'rate_limited',
    message: 'slow down',
    retryable: true,
    retryAfterMs: 500,
    status: 429,
    data: { limit: 1 },
    cause,
  });
  expect({ ...bare }).toEqual({ name: 'TabcastError', code: 'invalid', retryable: false });
  expect('cause' in bare).toBe(false);
  expect(bare).toBeInstanceOf(Error);
});

test('whether_it_can_be_tried_again_may_be_said', () => {
  expect(new TabcastError('internal', 'x', { retryable: true }).retryable).toBe(true);
  expect(new TabcastError('timeout', 'x', { retryable: false }).retryable).toBe(false);
});

test('without_report_error_what_a_listener_threw_is_thrown_in_a_microtask', () => {
  vi.stubGlobal('reportError', undefined);
  const tasks: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => tasks.push(task));
  const failure = new Error('from a listener');

  reportUncaught(failure);

  expect(tasks).toHaveLength(1);
  expect(tasks[0]).toThrow(failure);
});
