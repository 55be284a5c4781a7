import type { ConnectionStatus, TabsState } from 'tabcast';

/** The same fact for a wide and for a narrow screen. */
export function tabsText(
  { role, count }: TabsState,
  status: ConnectionStatus,
): { readonly long: string; readonly short: string } {
  if (role === 'solo') {
    return { long: 'This tab has a connection of its own', short: 'Own connection' };
  }
  if (role === 'joining' && (status === 'failed' || status === 'closed')) {
    return { long: 'No connection to share', short: 'No connection' };
  }
  if (role === 'joining') return { long: 'Looking for other tabs…', short: 'Joining…' };
  const tabs = count === 1 ? '1 tab' : `${count} tabs`;
  if (role === 'follower') {
    return { long: `Connected through another tab · ${tabs}`, short: `Follows · ${tabs}` };
  }
  if (count <= 1) return { long: 'This tab holds the connection', short: `Leads · ${tabs}` };
  return { long: `This tab holds the connection · ${tabs} share it`, short: `Leads · ${tabs}` };
}
