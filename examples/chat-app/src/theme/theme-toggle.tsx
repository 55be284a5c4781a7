import { Icon, type IconName } from '../ui/icon';
import { useTheme, type Theme } from './theme';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const ICON: Record<Theme, IconName> = { system: 'auto', light: 'sun', dark: 'moon' };
const LABEL: Record<Theme, string> = {
  system: 'Theme: as the system',
  light: 'Theme: light',
  dark: 'Theme: dark',
};

/** Steps through system, light and dark. */
export function ThemeToggle() {
  const [theme, choose] = useTheme();
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={LABEL[theme]}
      title={LABEL[theme]}
      onClick={() => choose(NEXT[theme])}
    >
      <Icon name={ICON[theme]} />
    </button>
  );
}
