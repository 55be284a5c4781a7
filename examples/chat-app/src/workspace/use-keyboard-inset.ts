import { useEffect } from 'react';

/**
 * Keeps `--app-height` at the height that an on-screen keyboard leaves free.
 *
 * `100dvh` alone is not enough: on iOS the keyboard covers the page instead of shrinking it.
 */
export function useKeyboardInset(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const style = document.documentElement.style;
    const fit = () => {
      const isCovered = viewport.scale === 1 && viewport.height < window.innerHeight - 60;
      if (isCovered) style.setProperty('--app-height', `${viewport.height}px`);
      else style.removeProperty('--app-height');
    };
    viewport.addEventListener('resize', fit);
    return () => {
      viewport.removeEventListener('resize', fit);
      style.removeProperty('--app-height');
    };
  }, []);
}
