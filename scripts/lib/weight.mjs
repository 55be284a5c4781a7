import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * What an app would get of a module, as bytes: bundled and minified, without React and without the
 * inline wasm, which is a chunk of its own that only a failed download asks for.
 *
 * @param {{ entry: string } | { code: string, folder: string }} module a file, or code in a folder
 */
export async function bundled({ entry, code, folder }) {
  const { outputFiles } = await build({
    ...(entry ? { entryPoints: [entry] } : { stdin: { contents: code, resolveDir: folder } }),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['react', 'react-dom', 'react/jsx-runtime', '*_bg.base64.js'],
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0].contents;
}

/** Bytes on the wire. */
export function compressed(bytes) {
  return {
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}
