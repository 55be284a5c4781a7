import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { CommandFailed, Problem } from './errors.mjs';
import { root } from './paths.mjs';

const TAIL_LINES = 40;
const GRACE_MS = 5_000;

const running = new Set();

/**
 * Runs a command to its end and resolves with its output, lines without colours.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd] default: the repository
 * @param {object} [options.env] added to the environment
 * @param {(line: string) => void} [options.onLine]
 * @param {string} [options.log] a file that gets the whole output
 * @throws {CommandFailed} when it cannot be started or exits with another code than 0
 */
export async function run(command, args, options = {}) {
  const lines = [];
  const onLine = (line) => {
    lines.push(line);
    options.onLine?.(line);
  };
  const child = start(command, args, { ...options, onLine });
  const code = await child.ended;
  if (code !== 0) throw child.failure(code);
  return lines;
}

/**
 * Starts a command in a process group of its own, so that it can be stopped with all it starts.
 *
 * @returns {{
 *   ended: Promise<number | string>,
 *   failure: (code: number | string) => CommandFailed,
 *   stop: () => Promise<void>,
 * }} `ended` gives the exit code or the signal, `failure` the error to throw for it
 */
export function start(command, args, { cwd = root, env = {}, onLine = () => {}, log } = {}) {
  const title = [command, ...args].map(shorten).join(' ');
  const process_ = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const tail = [];
  const file = log && createWriteStream(log);
  for (const stream of [process_.stdout, process_.stderr]) {
    createInterface({ input: stream }).on('line', (raw) => {
      const line = stripVTControlCharacters(raw);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      file?.write(`${line}\n`);
      onLine(line);
    });
  }
  const ended = new Promise((resolve, reject) => {
    process_.on('error', (error) =>
      reject(new Problem(`unable to run \`${title}\`; ${error.message}`)),
    );
    // What it leaves behind would hold its output open, and outlive us.
    process_.on('exit', () => kill(process_.pid, 'SIGTERM'));
    process_.on('close', (code, signal) => resolve(code ?? signal));
  }).finally(() => {
    running.delete(child);
    file?.end();
  });
  const child = {
    ended,
    failure: (code) => new CommandFailed(title, reasonOf(code), tail),
    stop: () => stop(process_, ended),
  };
  running.add(child);
  return child;
}

/** Stops every command that still runs, with the processes that it started. */
export async function stopAll() {
  await Promise.all([...running].map((child) => child.stop()));
}

async function stop(process_, ended) {
  const gone = ended.catch(() => {});
  kill(process_.pid, 'SIGTERM');
  const timer = setTimeout(() => kill(process_.pid, 'SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}

function kill(pid, signal) {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

const reasonOf = (code) => (typeof code === 'number' ? `exit code ${code}` : code);

const shorten = (word) => (word.startsWith(`${root}/`) ? word.slice(root.length + 1) : word);
