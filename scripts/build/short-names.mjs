import { readFileSync, writeFileSync } from 'node:fs';

/** Lets wasm-opt name the module's imports and exports `a`, `b`, …, and say on stdout what it did. */
export const SHORTEN = '--minify-imports-and-exports-and-modules';

/**
 * Gives the glue of wasm-bindgen the names that wasm-opt gave the module. The long ones end in
 * hashes, which no compression makes small: 7 kB (gzip) of glue and wasm together.
 *
 * @param {string} name of the module, as wasm-bindgen was told
 * @param {{ glue: string, types: string }} files
 * @param {string[]} lines what wasm-opt printed
 */
export function shortenGlue(name, { glue, types }, lines) {
  const { imports, exports } = JSON.parse(lines.join('\n'));
  const provided = new Map(imports.map(([, long, short]) => [long, short]));
  const offered = new Map(exports);
  edit(glue, (code) =>
    code
      .replace(`"./${name}_bg.js"`, '"a"')
      .replace(/\b(\w+)(?=: \()/g, (long) => provided.get(long) ?? long)
      .replace(/(?<=\bwasm\.)\w+/g, (long) => offered.get(long) ?? long),
  );
  edit(types, (code) => code.replace(/(?<=readonly )\w+/g, (long) => offered.get(long) ?? long));
}

function edit(path, change) {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}
