import { readFileSync } from 'node:fs';
import { Problem } from './errors.mjs';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';

const manifest = readFileSync(inRoot('Cargo.toml'), 'utf8');

/** The version of the crate, and of the npm package. */
export const crateVersion = field(/^version = "(.+?)"/m, 'version = "x.y.z"');

/** The oldest compiler that builds the crate. */
export const rustVersion = field(/^rust-version = "(.+?)"/m, 'rust-version = "x.y"');

/** The one version of the wasm-bindgen CLI that understands what the crate's macros leave in the wasm. */
export const wasmBindgenVersion = field(
  /^wasm-bindgen = "=(.+?)"/m,
  'an exact version: wasm-bindgen = "=x.y.z"',
);

/** Where cargo puts its results; the user's configuration may have moved it. */
export async function targetDir() {
  const args = ['metadata', '--format-version', '1', '--no-deps', '--offline'];
  const lines = await run('cargo', args);
  const json = lines.find((line) => line.startsWith('{'));
  return JSON.parse(json).target_directory;
}

function field(pattern, expected) {
  const value = manifest.match(pattern)?.[1];
  if (!value) throw new Problem(`Cargo.toml must have ${expected}`);
  return value;
}
