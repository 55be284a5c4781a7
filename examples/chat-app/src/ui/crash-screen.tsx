import { Component, type ReactNode } from 'react';
import styles from './crash-screen.module.css';

interface State {
  readonly error: Error | null;
}

/** What stands on the page when rendering itself fails. */
export class CrashScreen extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className={styles.page} role="alert">
        <h1>The chat stopped working in this tab</h1>
        <p>Your messages are safe: what was sent is on the server. Loading the page again helps.</p>
        <p className={styles.detail}>{error.message}</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Load again
        </button>
      </main>
    );
  }
}
