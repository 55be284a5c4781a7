import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runBin } from '../lib/npm.mjs';
import { inRoot } from '../lib/paths.mjs';

/** Checks every `tsconfig*.json` of every workspace. */
export async function typecheck(options) {
  for (const config of workspaces().flatMap(configs)) {
    const args = ['--noEmit', '--pretty', 'false', '-p', inRoot(config)];
    await runBin('typescript', 'tsc', args, options);
  }
}

function workspaces() {
  const { workspaces: patterns } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = dirname(pattern);
    return existsSync(inRoot(parent))
      ? readdirSync(inRoot(parent)).map((name) => join(parent, name))
      : [];
  });
}

function configs(workspace) {
  if (!existsSync(inRoot(workspace))) return [];
  return readdirSync(inRoot(workspace))
    .filter((name) => /^tsconfig.*\.json$/.test(name))
    .map((name) => join(workspace, name));
}
