'use client';

import { useCallback, useInsertionEffect, useRef } from 'react';

/**
 * A function that never changes and calls the newest `handler`.
 *
 * For listeners: a handler written inline must not cause a new subscription at every render. Not to
 * be called while rendering.
 */
export function useEventRef<Args extends readonly unknown[], Result>(
  handler: (...args: Args) => Result,
): (...args: Args) => Result {
  const newest = useRef(handler);
  useInsertionEffect(() => {
    newest.current = handler;
  });
  return useCallback((...args: Args) => newest.current(...args), []);
}
