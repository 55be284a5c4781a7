// Installs the packed package into a folder of its own, as an app would, and uses it in every way that
// it promises to work: Node as ES module and as CommonJS, TypeScript, and a Vite build in a browser.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../scripts/lib/main.mjs';
import { npm } from '../../scripts/lib/npm.mjs';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { step } from '../../scripts/lib/progress.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { loadInChromium } from './chromium.mjs';
import { pack } from './pack.mjs';

const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
const TYPE_CONFIGS = ['bundler', 'node-esm', 'node-cjs', 'no-dom'];

await main(async () => {
  const { tarball } = await pack();
  const app = mkdtempSync(join(tmpdir(), 'tabcast-consumer-'));
  const node = (...args) => run(process.execPath, args, { cwd: app });
  try {
    cpSync(inRoot('tests', 'package', 'consumer'), app, { recursive: true });
    await step('npm install', (onLine) => npm([...INSTALL, tarball], { cwd: app, onLine }));
    await step('Node, ES module', () => node('node.mjs'));
    await step('Node, CommonJS', () => node('node.cjs'));
    for (const config of TYPE_CONFIGS) {
      await step(`TypeScript, ${config}`, () =>
        node('node_modules/typescript/bin/tsc', '--noEmit', '-p', `tsconfig.${config}.json`),
      );
    }
    await step('Vite build', () => node('node_modules/vite/bin/vite.js', 'build'));
    await step('Vite app in Chromium', () => loadInChromium(app));
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
});
