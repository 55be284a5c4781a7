'use client';

import { useEffect, useId, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { Manager } from '../socket/manager.js';
import type { TabsState } from '../socket/tabs.js';
import { useOptionalClient } from '../react/provider.js';
import { Flow } from './flow.js';
import { watchHandovers, type Handover } from './handovers.js';
import * as styles from './styles.js';
import { useTabList } from './use-tab-list.js';

export interface TabcastDevtoolsProps {
  /** Whose tabs to show. Default: those of the provider's client. */
  readonly manager?: Manager;
  readonly defaultOpen?: boolean;
}

/** Shows the tabs that share a connection: who leads, what flows, and each handover. */
export function TabcastDevtools({ manager, defaultOpen = false }: TabcastDevtoolsProps): ReactNode {
  const client = useOptionalClient();
  const shown = manager ?? client?.manager;
  if (!shown) {
    throw new Error('tabcast: unable to find the tabs; give a manager, or use <RealtimeProvider>');
  }
  return <Panel manager={shown} defaultOpen={defaultOpen} />;
}

function Panel({ manager, defaultOpen }: Required<TabcastDevtoolsProps>): ReactNode {
  const [isOpen, setOpen] = useState(defaultOpen);
  const id = useId();
  const { subscribe, getSnapshot, getServerSnapshot } = manager.tabs;
  const tabs = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
  const handovers = useHandovers(manager);
  return (
    <section aria-label="tabcast devtools" style={styles.panel} data-tabcast-devtools="">
      <button
        type="button"
        style={styles.toggle}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        tabcast · {tabs.role} · {tabs.count === 1 ? '1 tab' : `${tabs.count} tabs`}{' '}
        <span aria-hidden="true">{isOpen ? '▾' : '▴'}</span>
      </button>
      <div id={id} hidden={!isOpen} style={styles.body}>
        {isOpen && (
          <>
            <Tabs tabs={tabs} />
            <Flow manager={manager} />
            <Handovers handovers={handovers} />
          </>
        )}
      </div>
    </section>
  );
}

function Tabs({ tabs }: { readonly tabs: TabsState }): ReactNode {
  const ids = useTabList(tabs.tabId, tabs);
  return (
    <>
      <h2 style={styles.heading}>
        Tabs: {tabs.count}, {tabs.visibleTabs} visible; term {tabs.term}
      </h2>
      {tabs.sharing !== 'on' && <p style={styles.faint}>Nothing is shared: {tabs.sharing}</p>}
      <ul style={styles.list}>
        {ids.map((id) => (
          <li key={id}>
            {id || 'not started'}
            {id === tabs.leaderId && <span style={styles.mark}> leads</span>}
            {id === tabs.tabId && ' (this tab)'}
          </li>
        ))}
      </ul>
    </>
  );
}

function Handovers({ handovers }: { readonly handovers: readonly Handover[] }): ReactNode {
  return (
    <>
      <h2 style={styles.heading}>Handovers seen by this tab</h2>
      {handovers.length === 0 && <p style={styles.faint}>None yet</p>}
      {handovers.length > 0 && (
        <table style={styles.table}>
          <thead>
            <tr>
              {['At', 'From', 'To', 'Term', 'Without'].map((title) => (
                <th key={title} scope="col" style={styles.cell}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {handovers.map(({ at, from, to, term, gapMs }) => (
              <tr key={at + to}>
                <td style={styles.cell}>{new Date(at).toLocaleTimeString()}</td>
                <td style={styles.cell}>{from?.slice(0, 6) ?? '–'}</td>
                <td style={styles.cell}>{to.slice(0, 6)}</td>
                <td style={styles.cell}>{term}</td>
                <td style={styles.cell}>{Math.round(gapMs)} ms</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** The newest first. */
function useHandovers(manager: Manager): readonly Handover[] {
  const [handovers, setHandovers] = useState<readonly Handover[]>([]);
  useEffect(
    () =>
      watchHandovers(manager, (handover) => {
        setHandovers((before) => [handover, ...before].slice(0, KEPT));
      }),
    [manager],
  );
  return handovers;
}

const KEPT = 20;
