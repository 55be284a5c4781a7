import { existsSync, readFileSync } from 'node:fs';
import { rustVersion } from './crate.mjs';
import { Problem } from './errors.mjs';
import { find } from './executables.mjs';
import { run } from './run.mjs';

/**
 * What only the user can install.
 *
 * @throws {Problem} with one sentence for each missing thing, and the command that puts it right
 */
export async function checkPrerequisites() {
  const missing = [await rustProblem(), linkerProblem()].filter(Boolean);
  if (missing.length > 0) throw new Problem(missing.join('\nerror: '));
}

async function rustProblem() {
  if (!find('cargo') || !find('rustc')) {
    return "Rust is not installed; run: curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y";
  }
  const [line] = await run('rustc', ['--version']);
  const version = line.match(/\d+\.\d+\.\d+/)?.[0] ?? '0';
  if (isOlder(version, rustVersion)) {
    return `Rust ${version} is too old, ${rustVersion} or newer is needed; run: rustup update stable`;
  }
  return undefined;
}

function linkerProblem() {
  if (process.platform === 'win32' || find('cc')) return undefined;
  return `Rust needs a C linker and there is no \`cc\`; run: ${linkerCommand()}`;
}

function linkerCommand() {
  if (process.platform === 'darwin') return 'xcode-select --install';
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (/fedora|rhel|centos/.test(release)) return 'sudo dnf install gcc';
  if (/arch/.test(release)) return 'sudo pacman -S gcc';
  if (/alpine/.test(release)) return 'sudo apk add build-base';
  return 'sudo apt-get install build-essential';
}

function isOlder(version, than) {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
