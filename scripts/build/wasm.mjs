import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { WASM_TARGET, targetDir, wasmBindgenVersion } from '../lib/crate.mjs';
import { find } from '../lib/executables.mjs';
import { whenChanged } from '../lib/fingerprint.mjs';
import { runBin } from '../lib/npm.mjs';
import { inRoot, root } from '../lib/paths.mjs';
import { step } from '../lib/progress.mjs';
import { run } from '../lib/run.mjs';
import { SHORTEN, shortenGlue } from './short-names.mjs';

const OUT = inRoot('js', 'wasm');
const WASM = join(OUT, 'core_bg.wasm');
const GLUE = { glue: join(OUT, 'core.js'), types: join(OUT, 'core.d.ts') };

const BINDGEN = [
  '--target=web',
  '--out-name=core',
  // The one `new URL(…, import.meta.url)` stands in our loader; a second one would double the asset.
  '--omit-default-module-path',
  '--remove-name-section',
  '--remove-producers-section',
];

// What rustc emits for wasm32-unknown-unknown, all of it in every browser since 2023.
const FEATURES = [
  'bulk-memory',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
];
const OPTIMIZE = [
  // Half a percent larger than -Oz, and what runs for each message takes half the time.
  '-O3',
  // There the stack ends.
  '--low-memory-unused',
  // A large body that is moved to its one caller compresses worse.
  '--one-caller-inline-max-function-size=50',
  SHORTEN,
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
  ...FEATURES.map((feature) => `--enable-${feature}`),
];

/** Compiles the crate and leaves wasm, glue, types and the inline copy in `js/wasm`. */
export async function buildWasm() {
  await step('wasm: cargo build', compile);
  const compiled = join(await targetDir(), WASM_TARGET, 'release', 'tabcast.wasm');
  const files = {
    inputs: [compiled, 'package-lock.json', 'scripts/build'],
    extra: [wasmBindgenVersion, BINDGEN, OPTIMIZE],
    outputs: ['js/wasm/core.js', 'js/wasm/core_bg.base64.js'],
  };
  await step('wasm: bindings, wasm-opt, base64', (note) =>
    whenChanged('wasm', files, async () => {
      rmSync(OUT, { recursive: true, force: true });
      await run(find('wasm-bindgen'), [compiled, '--out-dir', OUT, ...BINDGEN], { onLine: note });
      rmSync(join(OUT, 'core_bg.wasm.d.ts'), { force: true });
      const args = [WASM, '-o', WASM, ...OPTIMIZE];
      shortenGlue(GLUE, await runBin('binaryen', 'wasm-opt', args, { onLine: note }));
      writeInlineCopy();
    }),
  );
}

function compile(onLine) {
  // Panic messages name source files: the same wasm on every machine, and no one's home folder in it.
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const flags = [`--remap-path-prefix=${cargoHome}=cargo`, `--remap-path-prefix=${root}=tabcast`];
  const config = `target.${WASM_TARGET}.rustflags=${JSON.stringify(flags)}`;
  // Cargo leaves out link-time optimization where a crate is also built as an rlib: a sixth of the wasm.
  const args = ['rustc', '--lib', '--crate-type', 'cdylib', '--release'];
  args.push('--target', WASM_TARGET, '--config', config);
  return run('cargo', args, { onLine });
}

function writeInlineCopy() {
  const base64 = readFileSync(WASM).toString('base64');
  writeFileSync(join(OUT, 'core_bg.base64.js'), `export default '${base64}';\n`);
  const types = 'declare const base64: string;\nexport default base64;\n';
  writeFileSync(join(OUT, 'core_bg.base64.d.ts'), types);
}
