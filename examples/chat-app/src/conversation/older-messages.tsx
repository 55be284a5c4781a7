import { useEffect, useRef } from 'react';
import styles from './older-messages.module.css';

interface OlderMessagesProps {
  readonly isLoading: boolean;
  readonly load: () => void;
  /** Changes with every page, so that a page too short to scroll is followed by the next. */
  readonly firstKey: string | undefined;
}

/** Loads the page above when it comes into view, and stays a button for everybody else. */
export function OlderMessages({ isLoading, load, firstKey }: OlderMessagesProps) {
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const element = button.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) load();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [load, firstKey]);

  return (
    <div className={styles.older}>
      <button ref={button} type="button" className="button" disabled={isLoading} onClick={load}>
        {isLoading ? 'Loading earlier messages…' : 'Load earlier messages'}
      </button>
    </div>
  );
}
