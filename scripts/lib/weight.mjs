import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Chunks of their own, which a page loads when it asks for what they do: the inline wasm after a failed
// download, the debug log, packets for listeners of `packet`, EventSource where fetch cannot stream.
const ON_REQUEST = ['*_bg.base64.js', '../devtools/log.js', './packets.js', './native-source.js'];

/**
 * What an app would get of a module, as bytes: bundled and minified, without React and without what is
 * loaded on request.
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
    external: ['react', 'react-dom', 'react/jsx-runtime', ...ON_REQUEST],
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
