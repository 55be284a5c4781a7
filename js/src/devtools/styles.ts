import type { CSSProperties } from 'react';

// Inline, for a strict content security policy forbids style sheets that come with scripts. The
// colours follow the `color-scheme` of the page.

const INK = 'light-dark(#1b2130, #e9edf5)';
const FAINT = 'light-dark(#566074, #a3adbf)';
const LINE = 'light-dark(#d5dae3, #364055)';
const GROUND = 'light-dark(#ffffff, #171c27)';
export const ACCENT = 'light-dark(#a63f15, #f29a72)';

export const panel: CSSProperties = {
  position: 'fixed',
  insetInlineStart: 8,
  insetBlockEnd: 8,
  zIndex: 2147483000,
  inlineSize: 'max-content',
  maxInlineSize: 'min(26rem, calc(100vw - 16px))',
  maxBlockSize: 'min(34rem, calc(100vh - 16px))',
  overflow: 'auto',
  font: '12px/1.45 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace',
  color: INK,
  background: GROUND,
  border: `1px solid ${LINE}`,
  borderRadius: 8,
  boxShadow: '0 6px 24px rgb(0 0 0 / 18%)',
};

export const toggle: CSSProperties = {
  display: 'block',
  inlineSize: '100%',
  padding: '8px 12px',
  border: 0,
  background: 'transparent',
  color: 'inherit',
  font: 'inherit',
  fontWeight: 600,
  textAlign: 'start',
  cursor: 'pointer',
};

export const body: CSSProperties = { padding: '0 12px 12px' };

export const heading: CSSProperties = {
  margin: '12px 0 4px',
  font: 'inherit',
  fontWeight: 600,
  color: FAINT,
};

export const list: CSSProperties = { margin: 0, padding: 0, listStyle: 'none' };

export const facts: CSSProperties = {
  display: 'grid',
  gridTemplateColumns: 'max-content 1fr',
  columnGap: 16,
  margin: 0,
};

export const name: CSSProperties = { color: FAINT };

export const value: CSSProperties = { margin: 0, fontVariantNumeric: 'tabular-nums' };

export const table: CSSProperties = { borderCollapse: 'collapse', inlineSize: '100%' };

export const cell: CSSProperties = {
  padding: '2px 10px 2px 0',
  borderBlockStart: `1px solid ${LINE}`,
  textAlign: 'start',
  fontWeight: 400,
  fontVariantNumeric: 'tabular-nums',
};

export const faint: CSSProperties = { margin: 0, color: FAINT };

export const mark: CSSProperties = { color: ACCENT, fontWeight: 600 };
