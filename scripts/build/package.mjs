import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crateVersion } from '../lib/crate.mjs';
import { inRoot, pkgDir } from '../lib/paths.mjs';
import { step } from '../lib/progress.mjs';
import { buildTypeScript } from './typescript.mjs';
import { buildWasm } from './wasm.mjs';

// What says how the code is imported stands in js/package.json, where the examples use it too;
// what says how it is published stands in pkg-template/package.json.
const CODE_FIELDS = [
  'type',
  'sideEffects',
  'main',
  'module',
  'types',
  'exports',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
];

/** Builds the SDK and assembles the installable package in `pkg/`. */
export async function buildPackage() {
  await buildWasm();
  await buildTypeScript();
  await step(`package in pkg/ (${crateVersion})`, async () => assemble());
}

function assemble() {
  rmSync(pkgDir, { recursive: true, force: true });
  mkdirSync(pkgDir);
  cpSync(inRoot('pkg-template'), pkgDir, { recursive: true });
  for (const folder of ['dist', 'cjs', 'wasm']) {
    cpSync(inRoot('js', folder), join(pkgDir, folder), { recursive: true });
  }
  for (const file of ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'CHANGELOG.md']) {
    cpSync(inRoot(file), join(pkgDir, file));
  }
  const manifest = `${JSON.stringify(packageManifest(), null, 2)}\n`;
  writeFileSync(join(pkgDir, 'package.json'), manifest);
}

function packageManifest() {
  const { name, ...published } = readJson('pkg-template/package.json');
  const code = readJson('js/package.json');
  const fields = CODE_FIELDS.filter((field) => field in code).map((field) => [field, code[field]]);
  return { name, version: crateVersion, ...published, ...Object.fromEntries(fields) };
}

const readJson = (path) => JSON.parse(readFileSync(inRoot(path), 'utf8'));
