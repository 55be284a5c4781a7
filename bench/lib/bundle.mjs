import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const PAGES = fileURLToPath(new URL('../page', import.meta.url));

/** Bundles the scripts of a side's pages into `folder/bundle`, as a production build of an app would. */
export async function bundlePages(side, folder) {
  const entries = ['socket', 'sse', 'soak', 'relay']
    .map((out) => ({ in: join(PAGES, `${out}-${side}.js`), out }))
    .filter((entry) => existsSync(entry.in));
  // One by one: pages of one app would share chunks, which each had to wait for.
  for (const entry of entries) await bundle(entry, folder);
  const other = process.env.BENCH_WASM;
  if (other) cpSync(join(other, 'core_bg.wasm'), join(folder, 'bundle', 'core_bg.wasm'));
}

function bundle(entry, folder) {
  return build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    base: '/bundle/',
    build: {
      outDir: join(folder, 'bundle'),
      emptyOutDir: false,
      target: 'es2022',
      // A profile names functions.
      minify: !process.env.BENCH_READABLE,
      rolldownOptions: {
        input: { [entry.out]: entry.in },
        output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
      },
    },
  });
}
