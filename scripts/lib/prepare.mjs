import { installPackages } from './npm.mjs';
import { checkPrerequisites } from './prerequisites.mjs';
import { step } from './progress.mjs';
import { ensureWasmBindgen, ensureWasmTarget } from './tools.mjs';
import { wasmBindgenVersion } from './crate.mjs';

/** All that a build needs and a fresh clone lacks. */
export async function prepare() {
  await checkPrerequisites();
  await step('wasm target of Rust', ensureWasmTarget);
  await step(`wasm-bindgen ${wasmBindgenVersion}`, ensureWasmBindgen);
  await step('npm packages', installPackages);
}
