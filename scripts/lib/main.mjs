import { describe } from './errors.mjs';
import { stopAll } from './run.mjs';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

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
