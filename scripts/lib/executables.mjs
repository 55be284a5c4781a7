import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { toolsDir } from './paths.mjs';

const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];

// Ours go first; rustup's folder is often not yet on the PATH of the shell that installed it.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
process.env.PATH = [join(toolsDir, 'bin'), process.env.PATH, join(cargoHome, 'bin')].join(
  delimiter,
);

/** The path of the first of `names` that is on PATH, or undefined. */
export function find(...names) {
  const folders = process.env.PATH.split(delimiter).filter(Boolean);
  const candidates = names.flatMap((name) =>
    folders.flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix))),
  );
  return candidates.find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
