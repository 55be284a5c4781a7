import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled, compressed } from '../../scripts/lib/weight.mjs';

export const title = 'Size on the wire';
export const peer = 'socket.io-client';

const WASM = fileURLToPath(new URL('../../js/wasm/core_bg.wasm', import.meta.url));

// What an app gets that uses only this of the package.
const ENTRIES = {
  'JS: everything': "export * from 'tabcast'",
  'JS: `io`': "export { io } from 'tabcast'",
  'JS: `openEvents`': "export { openEvents } from 'tabcast'",
  'JS: `tabcast/react`': "export * from 'tabcast/react'",
  'JS: `tabcast/contract`': "export * from 'tabcast/contract'",
};

export async function run({ figures }) {
  const peerSize = compressed(await bundle("export * from 'socket.io-client'"));
  const wasm = compressed(readFileSync(WASM));
  record(figures, 'wasm', wasm, undefined);
  for (const [name, code] of Object.entries(ENTRIES)) {
    const size = compressed(await bundle(code));
    const compared = name === 'JS: `io`';
    record(figures, name, size, compared ? peerSize : undefined);
    if (compared) {
      const both = { gzip: size.gzip + wasm.gzip, brotli: size.brotli + wasm.brotli };
      record(figures, `${name} and wasm`, both, peerSize);
    }
  }
}

function record(figures, name, own, other) {
  for (const kind of ['gzip', 'brotli']) {
    figures.declare(`${name}, ${kind}`, 'kB');
    figures.add(`${name}, ${kind}`, 'tabcast', own[kind] / 1000);
    if (other) figures.add(`${name}, ${kind}`, 'peer', other[kind] / 1000);
  }
}

function bundle(code) {
  return bundled({ code, folder: fileURLToPath(new URL('.', import.meta.url)) });
}
