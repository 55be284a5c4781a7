import type { ConnectionStatus } from 'tabcast';

/** What a reader needs to know; the machine's finer states are in the details. */
export function connectionText(status: ConnectionStatus): string {
  switch (status) {
    case 'connected':
      return 'Connected';
    case 'idle':
    case 'connecting':
      return 'Connecting…';
    case 'offline':
      return 'Offline';
    case 'failed':
    case 'closed':
      return 'Not connected';
    default:
      return 'Reconnecting…';
  }
}

export function connectionTone(status: ConnectionStatus): 'good' | 'busy' | 'bad' {
  if (status === 'connected') return 'good';
  return status === 'failed' || status === 'closed' || status === 'offline' ? 'bad' : 'busy';
}
