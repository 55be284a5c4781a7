import { describe } from './errors.mjs';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const LINE_MS = 15_000;

const tty = process.stdout.isTTY && !process.env.CI;
const paint = (code, text) => (tty ? `\x1b[${code}m${text}\x1b[0m` : text);

/** What a finished step looks like. */
export const marks = {
  done: paint(32, '✓'),
  failed: paint(31, '✗'),
  skipped: paint(33, '-'),
};

/** Returned by the body of a step that had nothing to do. */
export const UNCHANGED = Symbol('unchanged');

// The `note` of the step that shows its progress; steps inside it report there and print nothing.
let outer;

/**
 * Runs one step and shows that it lives: a spinner with the newest line of output on a terminal,
 * elsewhere a line every 15 seconds.
 *
 * @template T
 * @param {string} title
 * @param {(note: (line: string) => void) => Promise<T>} body gets what to call with each line of output
 * @returns {Promise<T>}
 */
export async function step(title, body) {
  if (outer) {
    outer(title);
    return body((line) => outer(`${title}: ${line.trim()}`));
  }
  const began = Date.now();
  const elapsed = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  let last = '';
  const stopShowing = show(() => [title, elapsed(), last]);
  outer = (line) => (last = line.trim() || last);
  try {
    const result = await body(outer);
    stopShowing();
    const time = result === UNCHANGED ? 'unchanged' : elapsed();
    console.log(`${marks.done} ${title.padEnd(34)} ${paint(2, time)}`);
    return result;
  } catch (error) {
    stopShowing();
    console.log(`${marks.failed} ${title.padEnd(34)} ${paint(2, elapsed())}`);
    throw error;
  } finally {
    outer = undefined;
  }
}

/** Like `step`, but a failure is printed and returned instead of thrown. */
export async function attempt(title, body) {
  try {
    return { result: await step(title, body) };
  } catch (error) {
    console.log(describe(error));
    return { error };
  }
}

function show(state) {
  if (!tty) {
    const timer = setInterval(
      () => console.log(`  … ${state().filter(Boolean).join(' · ')}`),
      LINE_MS,
    );
    return () => clearInterval(timer);
  }
  let frame = 0;
  const timer = setInterval(() => {
    const [title, elapsed, last] = state();
    const text = `${FRAMES[frame++ % FRAMES.length]} ${title} ${elapsed} ${paint(2, last)}`;
    process.stdout.write(`\r\x1b[K${clip(text)}`);
  }, FRAME_MS);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\x1b[K');
  };
}

// A line that wraps could not be erased by a carriage return.
function clip(text) {
  const width = process.stdout.columns ?? 80;
  return text.length < width ? text : `${text.slice(0, width - 1)}…\x1b[0m`;
}
