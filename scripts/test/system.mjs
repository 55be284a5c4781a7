import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Problem } from '../lib/errors.mjs';
import { find } from '../lib/executables.mjs';
import { UNCHANGED } from '../lib/progress.mjs';
import { run } from '../lib/run.mjs';

// What the tests need beside Rust and Node: a Debian package, and the commands that show that it is there.
const LINKER = { apt: 'build-essential', commands: ['cc'] };
const PROGRAMS = [
  { apt: 'chromium', commands: ['chromium', 'chromium-browser', 'google-chrome'] },
  { apt: 'chromium-driver', commands: ['chromedriver'] },
  { apt: 'firefox-esr', commands: ['firefox', 'firefox-esr'] },
  { apt: 'webkit2gtk-driver', commands: ['WebKitWebDriver'] },
  { apt: 'xvfb', commands: ['xvfb-run'] },
  { apt: 'xauth', commands: ['xauth'] },
  { apt: 'redis-server', commands: ['redis-server'] },
];
const DEBIAN_ONLY = [
  { apt: 'ca-certificates' },
  { apt: 'fonts-dejavu-core' },
  { apt: 'fonts-noto-color-emoji' },
];

/** On Debian as root: installs what is missing. Elsewhere it does nothing. */
export async function installSystemPackages({ onLine, log }) {
  if (!canInstall()) return UNCHANGED;
  const missing = [LINKER, ...PROGRAMS, ...DEBIAN_ONLY].filter((item) => !isPresent(item));
  if (missing.length === 0) return UNCHANGED;

  const options = { onLine, log, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  const names = missing.map((item) => item.apt);
  await run('apt-get', ['update'], options);
  return run('apt-get', ['install', '--yes', '--no-install-recommends', ...names], options);
}

/** @throws {Problem} one message with all that is missing */
export async function checkPrograms() {
  const missing = PROGRAMS.filter((item) => !isPresent(item));
  if (missing.length === 0) return;
  const commands = missing.map((item) => item.commands[0]).join(', ');
  const packages = missing.map((item) => item.apt).join(' ');
  throw new Problem(
    `the tests need what is not on PATH: ${commands}; on Debian run: sudo apt-get install ${packages}`,
  );
}

function canInstall() {
  const release = '/etc/os-release';
  return (
    process.getuid?.() === 0 &&
    existsSync(release) &&
    /^ID=debian$/m.test(readFileSync(release, 'utf8'))
  );
}

function isPresent({ apt, commands }) {
  if (commands) return find(...commands) !== undefined;
  try {
    const args = ['--show', '--showformat=${db:Status-Status}', apt];
    return execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: 'pipe' }) === 'installed';
  } catch {
    return false;
  }
}
