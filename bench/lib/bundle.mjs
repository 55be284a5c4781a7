import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGES = fileURLToPath(new URL('../page', import.meta.url));

/** Bundles the scripts of a side's pages into `folder/bundle`, as a production build of an app would. */
export function bundlePages(side, folder) {
  return build({
    entryPoints: {
      socket: join(PAGES, `socket-${side}.js`),
      sse: join(PAGES, `sse-${side}.js`),
    },
    outdir: join(folder, 'bundle'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // The loader asks for `../../wasm/core_bg.wasm`, which the server has at `/wasm`.
  });
}
