/** Writes lines of the debug log; `true`: to the console. */
export type Debug = boolean | ((line: string) => void);

/** Who writes the lines, if they are wanted: by option, else by `localStorage.debug = 'tabcast'`. */
export function debugWriter(option: Debug | undefined): ((line: string) => void) | undefined {
  if (typeof option === 'function') return option;
  if (!(option ?? isAskedFor())) return undefined;
  return (line) => console.debug(`tabcast: ${line}`);
}

function isAskedFor(): boolean {
  try {
    const names = localStorage.getItem('debug') ?? '';
    return names.split(/[\s,]+/).some((name) => name === '*' || /^tabcast(:|$)/.test(name));
  } catch {
    // There is no storage, or it is forbidden.
    return false;
  }
}
