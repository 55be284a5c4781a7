'use client';

import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Subscribable } from '../../subscribable.js';

/** A part of a store's value; the component renders again only when that part changes. */
export function useSelected<T, Part>(
  store: Subscribable<T>,
  select: (value: T) => Part,
  isEqual: (a: Part, b: Part) => boolean = Object.is,
): Part {
  const rendered = useRef<{ readonly part: Part } | null>(null);
  const read = useMemo(() => {
    const remembered = (part: Part): Part => {
      const before = rendered.current;
      return before && isEqual(before.part, part) ? before.part : part;
    };
    return {
      client: memoized((value: T) => remembered(select(value)), store.getSnapshot),
      server: memoized(select, store.getServerSnapshot),
    };
  }, [store, select, isEqual]);
  const part = useSyncExternalStore(store.subscribe, read.client, read.server);
  useEffect(() => {
    rendered.current = { part };
  }, [part]);
  return part;
}

/** Selects again only from another value: React asks more than once. */
function memoized<T, Part>(select: (value: T) => Part, get: () => T): () => Part {
  let last: { readonly value: T; readonly part: Part } | undefined;
  return () => {
    const value = get();
    if (!last || !Object.is(last.value, value)) last = { value, part: select(value) };
    return last.part;
  };
}
