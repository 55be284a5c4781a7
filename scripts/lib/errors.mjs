/** Something the user can put right. The message is all that is printed of it. */
export class Problem extends Error {}

/** A command that ended with another code than 0. */
export class CommandFailed extends Error {
  /**
   * @param {string} command as it would be typed
   * @param {string} reason such as `exit code 1`
   * @param {string[]} tail the last lines of its output
   */
  constructor(command, reason, tail) {
    super(`\`${command}\` failed (${reason})`);
    this.tail = tail;
  }
}

/** What to print for any error: never a stack trace, unless `DEBUG` asks for it. */
export function describe(error) {
  if (error instanceof CommandFailed) {
    return [...error.tail.map((line) => `  | ${line}`), `error: ${error.message}`].join('\n');
  }
  const detail = process.env.DEBUG && error?.stack ? `\n${error.stack}` : '';
  return `error: ${error?.message ?? error}${detail}`;
}
