import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow, whenChanged } from '../lib/fingerprint.mjs';
import { runBin } from '../lib/npm.mjs';
import { inRoot } from '../lib/paths.mjs';
import { step } from '../lib/progress.mjs';

const JS = inRoot('js');
const INPUTS = ['js/src', 'js/wasm', 'js/tsconfig.json', 'package-lock.json', 'scripts/build'];

const TO_COMMONJS = {
  format: 'cjs',
  target: 'es2022',
  // There is no URL to load the wasm from: the loader takes the inline copy.
  define: { 'import.meta.url': 'undefined' },
  // Jest cannot `import()` from CommonJS.
  supported: { 'dynamic-import': false },
};

// As with socket.io-client, what `require` gives is the function `io`, with all else as its members.
const CALLABLE =
  'module.exports = Object.defineProperties(module.exports.default, Object.getOwnPropertyDescriptors(module.exports));';

/** Emits `js/src` to `js/dist`, one module for one, and the same tree as CommonJS to `js/cjs`. */
export async function buildTypeScript() {
  const esm = { inputs: INPUTS, outputs: ['js/dist/index.js'] };
  await step('TypeScript', (note) =>
    whenChanged('typescript', esm, () => {
      rmSync(join(JS, 'dist'), { recursive: true, force: true });
      const args = ['-p', JS, '--pretty', 'false'];
      return runBin('typescript', 'tsc', args, { onLine: note });
    }),
  );
  const cjs = { inputs: INPUTS, outputs: ['js/cjs/dist/index.js'] };
  await step('CommonJS', () => whenChanged('commonjs', cjs, convertToCommonJs));
}

// Module for module, not bundled: `.` and `./react` must share classes, contexts and the one core.
async function convertToCommonJs() {
  const out = join(JS, 'cjs');
  rmSync(out, { recursive: true, force: true });
  const { transform } = await import('esbuild');
  for (const path of ['dist', 'wasm'].flatMap(pathsBelow)) {
    const code = readFileSync(join(JS, path), 'utf8');
    mkdirSync(dirname(join(out, path)), { recursive: true });
    const footer = path === join('dist', 'index.js') ? CALLABLE : '';
    const options = { ...TO_COMMONJS, footer };
    const converted = path.endsWith('.js') ? (await transform(code, options)).code : code;
    writeFileSync(join(out, path), converted);
  }
  const manifest = { type: 'commonjs', sideEffects: false };
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const pathsBelow = (folder) =>
  filesBelow(join(JS, folder))
    .filter((path) => /\.(js|d\.ts)$/.test(path))
    .map((path) => join(folder, path));
