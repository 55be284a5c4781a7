'use client';

import type { ReactNode } from 'react';
import type { TabsInspection } from '../socket/inspection.js';
import type { Manager } from '../socket/manager.js';
import * as styles from './styles.js';
import { SECONDS, useRates } from './use-rates.js';

/** What passes through this tab, and what was dropped. */
export function Flow({ manager }: { readonly manager: Manager }): ReactNode {
  const { now, perSecond } = useRates(manager);
  return (
    <>
      <h2 style={styles.heading}>Flow: {perSecond.at(-1) ?? 0} per second</h2>
      <Bars values={perSecond} />
      <dl style={styles.facts}>
        {FACTS.map(([title, fields]) => (
          <div key={title} style={{ display: 'contents' }}>
            <dt style={styles.name}>{title}</dt>
            <dd style={styles.value}>{fields.map((field) => now[field]).join(' / ')}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const FACTS: readonly (readonly [string, readonly (keyof TabsInspection)[]])[] = [
  ['Given / got', ['published', 'received']],
  ['Queue', ['queue']],
  ['Lag', ['lag']],
  ['Kept for others', ['kept']],
  ['Gaps', ['gaps']],
  ['Refilled / restated', ['refilled', 'restated']],
  ['Ignored: foreign / other version', ['foreign', 'otherVersion']],
  ['Ignored: of a replaced leader', ['stale']],
];

/** The numbers stand below; this is for a glance. */
function Bars({ values }: { readonly values: readonly number[] }): ReactNode {
  const most = Math.max(1, ...values);
  return (
    <svg
      aria-hidden="true"
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${SECONDS * 4} ${HEIGHT}`}
      preserveAspectRatio="none"
      style={{ display: 'block', marginBlockEnd: 6 }}
    >
      {values.map((value, index) => {
        const height = Math.max(1, (value / most) * HEIGHT);
        const x = (SECONDS - values.length + index) * 4;
        return (
          <rect
            key={x}
            x={x}
            y={HEIGHT - height}
            width="3"
            height={height}
            style={{ fill: styles.ACCENT }}
          />
        );
      })}
    </svg>
  );
}

const HEIGHT = 28;
