import { useCallback, useSyncExternalStore } from 'react';

/** One pane at a time below this width; the style sheets use the same number. */
export const NARROW = '(max-width: 720px)';

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
