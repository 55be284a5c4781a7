import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGES = fileURLToPath(new URL('../page', import.meta.url));

/** Bundles the scripts of a side's pages into `folder/bundle`, as a production build of an app would. */
export function bundlePages(side, folder) {
  return build({
    entryPoints: ['socket', 'sse', 'soak', 'relay']
      .map((out) => ({ in: join(PAGES, `${out}-${side}.js`), out }))
      .filter((entry) => existsSync(entry.in)),
    outdir: join(folder, 'bundle'),
    bundle: true,
    splitting: true,
    // A profile names functions.
    minify: !process.env.BENCH_READABLE,
    format: 'esm',
    target: 'es2022',
    // The loader asks for `../../wasm/core_bg.wasm`, which the server has at `/wasm`.
  });
}
