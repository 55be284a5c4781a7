import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WASM_TARGET, wasmBindgenVersion } from './crate.mjs';
import { Problem } from './errors.mjs';
import { find } from './executables.mjs';
import { toolsDir } from './paths.mjs';
import { UNCHANGED } from './progress.mjs';
import { run } from './run.mjs';

/** Adds the wasm target to the Rust toolchain. */
export async function ensureWasmTarget(onLine) {
  const [sysroot] = await run('rustc', ['--print', 'sysroot']);
  if (existsSync(join(sysroot.trim(), 'lib', 'rustlib', WASM_TARGET))) return UNCHANGED;
  if (!find('rustup')) {
    throw new Problem(
      `the Rust toolchain has no target ${WASM_TARGET} and there is no rustup to add it; ` +
        "run: curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y",
    );
  }
  return run('rustup', ['target', 'add', WASM_TARGET], { onLine });
}

/** The wasm-bindgen CLI of exactly the pinned version: the one on PATH, else one in `.tools/`. */
export const ensureWasmBindgen = (onLine) =>
  // Without --locked: its lock file names a release of webpki-roots that the registry does not offer.
  ensureCargoTool('wasm-bindgen', ['wasm-bindgen-cli', '--version', wasmBindgenVersion], {
    version: wasmBindgenVersion,
    onLine,
  });

/** Runs the browser tests. */
export const ensureWasmPack = (onLine) =>
  ensureCargoTool('wasm-pack', ['wasm-pack', '--locked'], { onLine });

/** Drives Firefox in the browser tests. */
export const ensureGeckodriver = (onLine) =>
  ensureCargoTool('geckodriver', ['geckodriver', '--locked'], { onLine });

async function ensureCargoTool(command, args, { version, onLine }) {
  if (await isInstalled(command, version)) return UNCHANGED;
  // One target folder, because the tools share many of their dependencies; little optimized, because
  // compiling them takes minutes and running them seconds.
  const env = {
    CARGO_TARGET_DIR: join(toolsDir, 'target'),
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  };
  await run('cargo', ['install', ...args, '--root', toolsDir, '--force'], { env, onLine });
  if (await isInstalled(command, version)) return undefined;
  throw new Problem(`unable to install ${command}${version ? ` ${version}` : ''} into .tools/bin`);
}

async function isInstalled(command, version) {
  if (!find(command)) return false;
  if (!version) return true;
  const output = await run(command, ['--version']).catch(() => []);
  return output.join(' ').split(' ').includes(version);
}
