import { buildPackage } from '../build/package.mjs';
import { buildExamples } from '../build/examples.mjs';
import { WASM_TARGET } from '../lib/crate.mjs';
import { installPackages, npm, runBin } from '../lib/npm.mjs';
import { inRoot } from '../lib/paths.mjs';
import { checkPrerequisites } from '../lib/prerequisites.mjs';
import {
  ensureGeckodriver,
  ensureWasmBindgen,
  ensureWasmPack,
  ensureWasmTarget,
} from '../lib/tools.mjs';
import { run } from '../lib/run.mjs';
import { browserTests } from './browser-tests.mjs';
import { checkPrograms, installSystemPackages } from './system.mjs';
import { typecheck } from './typecheck.mjs';

const cargo =
  (args, env = {}) =>
  (options) =>
    run('cargo', args, { ...options, env });

const clippy = (target) => cargo(['clippy', '--locked', ...target, '--', '-D', 'warnings']);

const workspaceTests = (name) => (options) => npm(['test', '-w', name], options);

const packageCheck = (name) => (options) =>
  run(process.execPath, [inRoot('tests', 'package', `${name}.mjs`)], options);

/** Everything that `npm test` does, in order. */
export const steps = [
  {
    name: 'system',
    needs: [],
    run: async (options) => {
      const installed = await installSystemPackages(options);
      await checkPrerequisites();
      return installed;
    },
  },
  { name: 'programs', needs: ['system'], run: checkPrograms },
  { name: 'packages', needs: ['system'], run: ({ onLine }) => installPackages(onLine) },
  {
    name: 'tools',
    needs: ['system'],
    run: async ({ onLine }) => {
      await ensureWasmTarget(onLine);
      await ensureWasmBindgen(onLine);
    },
  },

  { name: 'format-rust', needs: ['system'], run: cargo(['fmt', '--check']) },
  {
    name: 'format-js',
    needs: ['packages'],
    run: (options) => runBin('prettier', 'prettier', ['--check', '.'], options),
  },
  { name: 'clippy-native', needs: ['system'], run: clippy(['--all-targets']) },
  {
    name: 'clippy-wasm',
    needs: ['tools'],
    run: clippy(['--lib', '--test', 'browser', '--target', WASM_TARGET]),
  },
  { name: 'native', needs: ['system'], hasTests: true, run: cargo(['test', '--locked']) },
  {
    name: 'rustdoc',
    needs: ['system'],
    run: cargo(['doc', '--locked', '--no-deps'], { RUSTDOCFLAGS: '-D warnings' }),
  },
  {
    name: 'fuzz-targets',
    needs: ['system'],
    run: cargo([
      'build',
      '--locked',
      '--manifest-path=fuzz/Cargo.toml',
      '--target-dir=target/fuzz',
    ]),
  },
  {
    name: 'browser-tools',
    needs: ['tools'],
    run: async ({ onLine }) => {
      await ensureWasmPack(onLine);
      await ensureGeckodriver(onLine);
    },
  },
  ...['chromium', 'firefox', 'webkit'].map((engine) => ({
    name: `browser-${engine}`,
    needs: ['programs', 'browser-tools'],
    hasTests: true,
    run: browserTests(engine),
  })),

  { name: 'build', needs: ['packages', 'tools'], run: buildPackage },
  { name: 'types', needs: ['build'], run: typecheck },
  { name: 'js', needs: ['build'], hasTests: true, run: workspaceTests('tabcast') },
  { name: 'server', needs: ['build'], hasTests: true, run: workspaceTests('chat-api') },
  { name: 'package-contents', needs: ['build'], run: packageCheck('contents') },
  { name: 'package-size', needs: ['build'], run: packageCheck('size') },
  { name: 'package-consumers', needs: ['programs', 'build'], run: packageCheck('consumers') },
  { name: 'examples', needs: ['build'], run: buildExamples },
  {
    name: 'e2e',
    needs: ['programs', 'examples'],
    hasTests: true,
    // Three browsers, one after the other; much of it is waiting for what a browser does in its time.
    minutes: 40,
    run: workspaceTests('e2e'),
  },
];
