import type { ConnectionSink, TabRole } from '../core/connection.js';
import { isShared, type ManagerOptions } from './options.js';

/** How the tabs of a browser share a connection, as this tab sees it. */
export interface TabsState {
  /** The `leader` holds the connection; a `solo` tab has its own; `joining`: not settled yet. */
  readonly role: TabRole;
  readonly tabId: string;
  /** `null` while there is none. */
  readonly leaderId: string | null;
  /** Tabs on this connection, this one included. */
  readonly count: number;
  readonly visibleTabs: number;
  /** Counts the leaders so far. */
  readonly term: number;
  /** `on`, or why nothing is shared: `off`, `no scope`, or what the browser lacks. */
  readonly sharing: 'on' | (string & {});
}

/** The state before the connection is opened. */
export function initialTabs(options: Partial<ManagerOptions>): TabsState {
  const sharing = isShared(options) ? 'on' : options.shared ? 'no scope' : 'off';
  return {
    role: sharing === 'on' ? 'joining' : 'solo',
    tabId: '',
    leaderId: null,
    count: 1,
    visibleTabs: 1,
    term: 0,
    sharing,
  };
}

/** The state that the core reports. Why sharing was never asked for, the core does not know. */
export function reportedTabs(
  before: TabsState,
  ...[role, term, count, visibleTabs, leader, tabId, off]: Parameters<ConnectionSink['tabs']>
): TabsState {
  const asked = before.sharing !== 'off' && before.sharing !== 'no scope';
  const sharing = asked ? (off ?? 'on') : before.sharing;
  return { role, tabId, leaderId: leader ?? null, count, visibleTabs, term, sharing };
}
