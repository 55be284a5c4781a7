import type { TabcastError } from 'tabcast';
import { useConnectionStatus } from 'tabcast/react';
import { useDirectory } from '../directory/directory';
import { signOut } from '../session/session';
import { isCoreFailure, isRefusal } from '../ui/error-kind';
import { errorText } from '../ui/error-text';
import { Notice } from '../ui/notice';
import styles from './outage.module.css';
import { useLasting } from './use-lasting';

const CALM_MS = 2_000;

/** Says what is missing and what it means for the reader, and offers the way on. */
export function Outage() {
  const directory = useDirectory();
  const { status, error, reconnect } = useConnectionStatus();
  const isDown = status === 'failed' || status === 'closed';
  const isWaiting = status === 'reconnecting' || status === 'offline' || status === 'suspended';
  // A moment without a connection, as when another tab takes over, is nobody's concern.
  const isLong = useLasting(isWaiting, CALM_MS);

  if (isDown) {
    return (
      <div className={styles.place}>
        <Notice tone="bad" role="alert" action={<WayOn error={error} reconnect={reconnect} />}>
          {explain(error)}
        </Notice>
      </div>
    );
  }
  if (directory.status === 'failed') {
    return (
      <div className={styles.place}>
        <Notice
          tone="bad"
          role="alert"
          action={<Action label="Try again" act={directory.refresh} />}
        >
          The rooms could not be loaded. {directory.error?.message} We keep trying.
        </Notice>
      </div>
    );
  }
  if (!isLong) return null;
  return (
    <div className={styles.place}>
      <Notice tone="calm" action={<Action label="Try now" act={reconnect} />}>
        {status === 'offline' ? 'You are offline. ' : 'The connection is interrupted. '}
        What you write waits here and is sent as soon as it is back.
      </Notice>
    </div>
  );
}

function WayOn(props: { readonly error: TabcastError | null; readonly reconnect: () => void }) {
  const { error, reconnect } = props;
  if (isRefusal(error)) return <Action label="Sign in again" act={() => signOut()} />;
  if (isCoreFailure(error)) return <Action label="Load again" act={() => location.reload()} />;
  return <Action label="Try again" act={reconnect} />;
}

function Action({ label, act }: { readonly label: string; readonly act: () => void }) {
  return (
    <button type="button" className="button" onClick={act}>
      {label}
    </button>
  );
}

function explain(error: TabcastError | null): string {
  const what = isCoreFailure(error) ? 'The chat cannot start' : 'There is no connection';
  return error ? `${what}: ${errorText(error)}.` : `${what}.`;
}
