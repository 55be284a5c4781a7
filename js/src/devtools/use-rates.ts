'use client';

import { useEffect, useState } from 'react';
import type { TabsInspection } from '../socket/inspection.js';
import type { Manager } from '../socket/manager.js';

/** How a tab does, and how much passed through it in each of the last seconds. */
export interface Rates {
  readonly now: TabsInspection;
  /** Entries of the log given or got, by second; the newest last. */
  readonly perSecond: readonly number[];
}

/** Looks once a second. */
export function useRates(manager: Manager): Rates {
  const [rates, setRates] = useState<Rates>(() => ({ now: manager.inspect(), perSecond: [] }));
  useEffect(() => {
    const timer = setInterval(() => {
      setRates((before) => {
        const now = manager.inspect();
        const passed = through(now) - through(before.now);
        return { now, perSecond: [...before.perSecond, passed].slice(-SECONDS) };
      });
    }, 1000);
    return () => clearInterval(timer);
  }, [manager]);
  return rates;
}

function through({ published, received }: TabsInspection): number {
  return published + received;
}

export const SECONDS = 40;
