import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { whenChanged } from './fingerprint.mjs';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

/** Runs npm: the one that started this script, else the one on PATH. */
export function npm(args, { env, ...rest } = {}) {
  const cli = process.env.npm_execpath;
  // `npm test --silent` would silence it too, and with it the reason of a failure.
  const options = { ...rest, env: { ...env, npm_config_loglevel: 'warn' } };
  if (cli && basename(cli) === 'npm-cli.js') return run(process.execPath, [cli, ...args], options);
  return run('npm', args, options);
}

/** Runs a command of an npm package that the repository depends on. */
export function runBin(pkg, command, args, options) {
  const folder = inRoot('node_modules', pkg);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const script = typeof bin === 'string' ? bin : bin[command];
  return run(process.execPath, [join(folder, script), ...args], options);
}

/** `npm ci`, unless what is installed is what the lock file says. */
export function installPackages(onLine) {
  const files = { inputs: ['package-lock.json'], outputs: ['node_modules/.package-lock.json'] };
  return whenChanged('packages', files, () =>
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=http'], { onLine }),
  );
}
