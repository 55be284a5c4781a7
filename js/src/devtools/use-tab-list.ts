'use client';

import { useEffect, useState } from 'react';

/** The tabs of the scope of tab `tabId`, by their locks; a tab that shares nothing is alone. */
export function useTabList(tabId: string, changes: unknown): readonly string[] {
  const [tabs, setTabs] = useState<readonly string[]>([tabId]);
  useEffect(() => {
    let wanted = true;
    void tabsLike(tabId).then((found) => {
      if (wanted) setTabs(found);
    });
    return () => {
      wanted = false;
    };
  }, [tabId, changes]);
  return tabs;
}

async function tabsLike(tabId: string): Promise<readonly string[]> {
  if (typeof navigator === 'undefined' || !navigator.locks) return [tabId];
  const { held = [] } = await navigator.locks.query();
  const tabs = held.flatMap(({ name = '' }) => {
    const [, id = '', scope] = TAB_LOCK.exec(name) ?? [];
    return scope === undefined ? [] : [{ id, scope }];
  });
  const own = tabs.find(({ id }) => id === tabId);
  if (!own) return [tabId];
  return tabs.flatMap(({ id, scope }) => (scope === own.scope ? [id] : [])).sort();
}

/** As `src/web/scope.rs` names the lock of a tab. */
const TAB_LOCK = /^tabcast:tab:([0-9a-f]+):(.*)$/s;
