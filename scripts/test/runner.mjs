import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Problem } from '../lib/errors.mjs';
import { root, toolsDir } from '../lib/paths.mjs';
import { attempt, marks } from '../lib/progress.mjs';
import { stopAll } from '../lib/run.mjs';
import { countPassed, failedTests } from './counts.mjs';

const LOGS = join(toolsDir, 'logs');
const DEFAULT_MINUTES = 20;

/**
 * Runs the steps in order. A failure stops nothing but the steps that need the failed one.
 *
 * @param {Step[]} steps
 * @returns {Promise<number>} the exit code
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} needs names of steps without which this one makes no sense
 * @property {boolean} [hasTests] whether a run in which no test passed is a failure
 * @property {number} [minutes] how long it may take; default 20
 * @property {(options: { onLine: (line: string) => void, log: string }) => Promise<string[] | unknown>} run
 *   resolves with the output if it `hasTests`
 */
export async function runSteps(steps) {
  mkdirSync(LOGS, { recursive: true });
  const results = new Map();
  for (const step of steps) {
    const blocker = step.needs.find((name) =>
      ['failed', 'skipped'].includes(results.get(name)?.state),
    );
    results.set(step.name, blocker ? skipped(step, blocker) : await runStep(step));
  }
  return summarize(results);
}

function skipped({ name }, blocker) {
  console.log(`${marks.skipped} ${name.padEnd(34)} skipped: needs ${blocker}`);
  return { state: 'skipped', note: `needs ${blocker}` };
}

async function runStep(step) {
  const log = join(LOGS, `${step.name}.log`);
  rmSync(log, { force: true });
  const began = Date.now();
  const { error, result } = await attempt(step.name, (onLine) =>
    withTimeout(step, { onLine, log }),
  );
  const seconds = (Date.now() - began) / 1000;
  if (error) {
    if (!existsSync(log)) return { state: 'failed', seconds, note: 'see above' };
    const failed = failedTests(readFileSync(log, 'utf8').split('\n'));
    return { state: 'failed', seconds, note: relative(root, log), failed };
  }
  return { state: 'passed', seconds, note: step.hasTests ? `${countPassed(result)} tests` : '' };
}

async function withTimeout(step, options) {
  const { minutes = DEFAULT_MINUTES } = step;
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Problem(`${step.name} did not end within ${minutes} minutes`));
      void stopAll();
    }, minutes * 60_000);
  });
  try {
    const result = await Promise.race([step.run(options), tooLate]);
    if (step.hasTests && countPassed(result) === 0) throw new Problem(`${step.name} ran no test`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

function summarize(results) {
  console.log('\nSummary');
  for (const [name, { state, seconds, note, failed = [] }] of results) {
    const mark = state === 'passed' ? marks.done : marks[state];
    const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
    console.log(
      `${mark} ${name.padEnd(20)} ${state.padEnd(8)} ${time.padStart(8)}  ${note}`.trimEnd(),
    );
    for (const test of failed) console.log(`    ${marks.failed} ${test}`);
  }
  const count = (state) => [...results.values()].filter((result) => result.state === state).length;
  const [passed, failed, left] = ['passed', 'failed', 'skipped'].map(count);
  console.log(`\n${passed} passed, ${failed} failed${left > 0 ? `, ${left} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
