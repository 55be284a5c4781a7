import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNCHANGED } from './progress.mjs';
import { inRoot, toolsDir } from './paths.mjs';

const IGNORED = new Set(['node_modules', 'dist', 'target']);

/**
 * Runs `build` unless its inputs are the same as the last time and its outputs are still there.
 *
 * @param {string} name of the memory, in `.tools/fingerprints`
 * @param {{ inputs: string[], extra?: unknown, outputs: string[] }} files paths in the repository, files or
 *   folders; `extra` is what else the result depends on, such as options and versions
 * @param {() => Promise<unknown>} build
 */
export async function whenChanged(name, { inputs, extra, outputs }, build) {
  const folder = join(toolsDir, 'fingerprints');
  const memory = join(folder, name);
  const now = fingerprint(inputs, extra);
  const before = existsSync(memory) ? readFileSync(memory, 'utf8') : '';
  if (now === before && outputs.every((path) => existsSync(inRoot(path)))) return UNCHANGED;

  const result = await build();
  mkdirSync(folder, { recursive: true });
  writeFileSync(memory, now);
  return result;
}

/** Every file below `folder` (absolute), as paths relative to it, sorted. */
export function filesBelow(folder, isWanted = () => true) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => isWanted(entry.name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesBelow(join(folder, entry.name), isWanted).map((path) => join(entry.name, path))
        : [entry.name],
    )
    .sort();
}

function fingerprint(inputs, extra) {
  const hash = createHash('sha256').update(JSON.stringify(extra ?? null));
  for (const input of inputs) {
    const path = inRoot(input);
    if (!existsSync(path)) continue;
    const isFolder = statSync(path).isDirectory();
    const names = isFolder ? filesBelow(path, (name) => !IGNORED.has(name)) : [''];
    for (const name of names) {
      hash.update(`\0${input}\0${name}\0`).update(readFileSync(join(path, name)));
    }
  }
  return hash.digest('hex');
}
