import { useEffect } from 'react';
import { LocalValue, useLocalValue } from '../storage/local-value';

export type Theme = 'system' | 'light' | 'dark';

// The script in index.html reads the same key before the first paint.
const storedTheme = new LocalValue<Theme>('tabcast-chat.theme', parseTheme);

/** The chosen theme and its setter; `system` follows `prefers-color-scheme`. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const theme = useLocalValue(storedTheme);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, (next) => storedTheme.write(next)];
}

function parseTheme(stored: unknown): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
