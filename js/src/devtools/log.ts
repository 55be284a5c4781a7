import { type Manager, type ManagerReservedEvents } from '../socket/manager.js';
import type { TabsInspection } from '../socket/inspection.js';
import type { TabsState } from '../socket/tabs.js';
import { watchHandovers } from './handovers.js';

/**
 * Writes what happens to a shared connection, line by line: elections, handovers, gaps, catch-ups,
 * and what was dropped and why. Never what the app sends or receives, and no token.
 */
export function logTabs(manager: Manager, write: (line: string) => void): void {
  let tabs = manager.tabs.getSnapshot();
  manager.tabs.subscribe(() => {
    const before = tabs;
    tabs = manager.tabs.getSnapshot();
    for (const line of describeTabs(before, tabs)) write(line);
  });
  watchHandovers(manager, ({ from, to, term, gapMs }) => {
    const route = from === null ? `${to} leads` : `handover from ${from} to ${to}`;
    write(`${route}, term ${term}, after ${Math.round(gapMs)} ms without a leader`);
  });
  for (const event of CONNECTION_EVENTS) {
    manager.on(event, (detail?: unknown) => write(`connection: ${event}${shown(detail)}`));
  }
  watchCounts(manager, write);
}

function describeTabs(before: TabsState, after: TabsState): string[] {
  const lines: string[] = [];
  if (after.sharing !== before.sharing && after.sharing !== 'on') {
    lines.push(`nothing is shared: ${after.sharing}`);
  }
  if (after.role !== before.role) {
    lines.push(`tab ${after.tabId} is ${after.role}, was ${before.role}; term ${after.term}`);
  }
  if (after.count !== before.count || after.visibleTabs !== before.visibleTabs) {
    lines.push(`${after.count} tabs, ${after.visibleTabs} visible`);
  }
  return lines;
}

const CONNECTION_EVENTS = [
  'open',
  'close',
  'error',
  'reconnect_attempt',
  'reconnect_failed',
  'reconnect',
] as const satisfies readonly (keyof ManagerReservedEvents)[];

/** Reasons and numbers; of an error only its code, for its message may quote what was sent. */
function shown(detail: unknown): string {
  if (typeof detail === 'string' || typeof detail === 'number') return ` (${detail})`;
  const code = (detail as { readonly code?: unknown } | undefined)?.code;
  return code === undefined ? '' : ` (${String(code)})`;
}

/** The log must not keep alive what the app has dropped. */
function watchCounts(manager: Manager, write: (line: string) => void): void {
  const weak = new WeakRef(manager);
  let before = manager.inspect();
  const timer = setInterval(() => {
    const now = weak.deref()?.inspect();
    if (!now) return clearInterval(timer);
    for (const [name, text] of COUNTED) {
      const more = now[name] - before[name];
      if (more > 0) write(more === 1 ? text : `${text} (${more} times)`);
    }
    before = now;
  }, LOOK_EVERY_MS);
}

const LOOK_EVERY_MS = 250;

const COUNTED: readonly (readonly [keyof TabsInspection, string])[] = [
  ['gaps', 'gap: entries of the log are missing'],
  ['refilled', 'caught up: another tab had what was missing'],
  ['restated', 'caught up: by the state of things, as no tab had what was missing'],
  ['foreign', 'dropped: a message that is not of tabcast'],
  ['otherVersion', 'dropped: a message of another version of tabcast'],
  ['stale', 'dropped: a message of a leader that was replaced'],
];
