import { randomBytes } from 'node:crypto';
import { monotonicMs } from './clock.mjs';

const BYTES = 200;
const MEGABYTE = 1 << 20;
const TEXT = 'lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod '.repeat(4);

/** The argument of a numbered event whose JSON text, event name included, has 200 bytes. */
export function message(n) {
  const body = { n, sent: monotonicMs(), text: '' };
  const rest = BYTES - JSON.stringify(['m', body]).length;
  body.text = TEXT.slice(0, rest);
  return body;
}

/** One megabyte of JSON, in records such as an app would send. */
export const bigJson = Array.from({ length: Math.ceil(MEGABYTE / BYTES) }, (_, n) => message(n));

/** One megabyte of bytes. */
export const bigBinary = randomBytes(MEGABYTE);
