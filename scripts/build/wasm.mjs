import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { WASM_TARGET, targetDir, wasmBindgenVersion } from '../lib/crate.mjs';
import { find } from '../lib/executables.mjs';
import { whenChanged } from '../lib/fingerprint.mjs';
import { runBin } from '../lib/npm.mjs';
import { inRoot, root } from '../lib/paths.mjs';
import { step } from '../lib/progress.mjs';
import { run } from '../lib/run.mjs';
import { lean } from './lean-glue.mjs';
import { SHORTEN, shortenGlue } from './short-names.mjs';

const OUT = inRoot('js', 'wasm');

// Two files of wasm from one crate, because most apps do not chat; `src/bindings/mod.rs` parts them.
const PARTS = ['core', 'chat'];

const BINDGEN = [
  '--target=web',
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

/** Compiles the crate and leaves wasm, glue, types and the inline copy of each part in `js/wasm`. */
export async function buildWasm() {
  const flags = rustFlags();
  const [compiler] = await run('rustc', ['--version']);
  for (const part of PARTS) {
    const files = {
      inputs: ['src', 'Cargo.toml', 'Cargo.lock', 'package-lock.json', 'scripts/build'],
      extra: [compiler, flags, wasmBindgenVersion],
      outputs: [`js/wasm/${part}.js`, `js/wasm/${part}_bg.base64.js`],
    };
    await step(`wasm: ${part}`, (note) =>
      whenChanged(`wasm-${part}`, files, async () => {
        const compiled = await compile(part, flags, note);
        await finish(part, compiled, note);
      }),
    );
  }
}

/** Panic messages name source files: the same wasm on every machine, and no one's home folder in it. */
function rustFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  return [`--remap-path-prefix=${cargoHome}=cargo`, `--remap-path-prefix=${root}=tabcast`];
}

/** Gives the path of the compiled wasm, which is there until the next part is compiled. */
async function compile(part, flags, onLine) {
  const config = `target.${WASM_TARGET}.rustflags=${JSON.stringify(flags)}`;
  // Cargo leaves out link-time optimization where a crate is also built as an rlib: a sixth of the wasm.
  const args = ['rustc', '--lib', '--crate-type', 'cdylib', '--release'];
  args.push('--target', WASM_TARGET, '--config', config);
  // What only the other part needs is dead here.
  args.push('--', '--cfg', `wasm="${part}"`, '-A', 'dead_code');
  await run('cargo', args, { onLine });
  return join(await targetDir(), WASM_TARGET, 'release', 'tabcast.wasm');
}

async function finish(part, compiled, onLine) {
  const named = (ending) => join(OUT, `${part}${ending}`);
  mkdirSync(OUT, { recursive: true });
  for (const file of readdirSync(OUT)) {
    if (file.startsWith(part)) rmSync(join(OUT, file));
  }
  const bindgen = [compiled, '--out-dir', OUT, '--out-name', part, ...BINDGEN];
  await run(find('wasm-bindgen'), bindgen, { onLine });
  rmSync(named('_bg.wasm.d.ts'), { force: true });
  const glue = named('.js');
  writeFileSync(glue, lean(readFileSync(glue, 'utf8')));
  const wasm = named('_bg.wasm');
  const names = await runBin('binaryen', 'wasm-opt', [wasm, '-o', wasm, ...OPTIMIZE], { onLine });
  shortenGlue(part, { glue, types: named('.d.ts') }, names);
  const base64 = readFileSync(wasm).toString('base64');
  writeFileSync(named('_bg.base64.js'), `export default '${base64}';\n`);
  const types = 'declare const base64: string;\nexport default base64;\n';
  writeFileSync(named('_bg.base64.d.ts'), types);
}
