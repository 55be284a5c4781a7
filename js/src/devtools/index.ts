'use client';

/**
 * A look into the tabs that share a connection, for development: import it where it is to be seen,
 * and production pays nothing.
 */
export { TabcastDevtools, type TabcastDevtoolsProps } from './panel.js';
export { logTabs } from './log.js';
export { watchHandovers, type Handover } from './handovers.js';
