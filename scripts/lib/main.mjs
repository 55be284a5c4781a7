import { describe } from './errors.mjs';
import { stopAll } from './run.mjs';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
const PARENT_CHECK_MS = 1_000;

/**
 * Runs a script: errors become one message and exit code 1, a signal stops every child process first.
 *
 * @param {() => Promise<number | void>} body its result is the exit code
 * @param {{ codeOnSignal?: number }} [options] the exit code after a signal; default 128 + signal
 */
export async function main(body, { codeOnSignal } = {}) {
  let stopping = false;
  const leave = async (code) => {
    if (stopping) return;
    stopping = true;
    await stopAll();
    process.exit(code);
  };
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => leave(codeOnSignal ?? 128 + number));
  }
  // A shell between npm and us dies of a signal without passing it on.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && leave(1), PARENT_CHECK_MS).unref();
  const fail = (error) => {
    // What fails while children are being stopped, fails because they are.
    if (stopping) return undefined;
    console.error(describe(error));
    return leave(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  await body().then((code) => leave(code ?? 0), fail);
}
