// What the package weighs on the wire, against what js/size.json allows. `--update` writes the file anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../scripts/lib/errors.mjs';
import { main } from '../../scripts/lib/main.mjs';
import { inRoot, pkgDir } from '../../scripts/lib/paths.mjs';
import { bundled, compressed } from '../../scripts/lib/weight.mjs';

const BUDGET = inRoot('js', 'size.json');
const TOLERANCE = 1.01;
const HOW = 'npm run size -- --update';

await main(async () => {
  const sizes = await measure();
  if (process.argv.includes('--update')) {
    writeFileSync(BUDGET, `${JSON.stringify(sizes, null, 2)}\n`);
  }
  const budget = existsSync(BUDGET) ? JSON.parse(readFileSync(BUDGET, 'utf8')) : {};
  console.log(report(sizes, budget));

  const changes = compare(sizes, budget);
  if (changes.some(({ ratio }) => ratio < 1 / TOLERANCE)) {
    console.log(`smaller than js/size.json says; keep it so: ${HOW}`);
  }
  const grown = changes.filter(({ ratio }) => !(ratio <= TOLERANCE)).map(({ name }) => name);
  if (grown.length > 0) {
    throw new Problem(
      `not within the budget of js/size.json: ${grown.join(', ')}; if that is meant: ${HOW}`,
    );
  }
});

async function measure() {
  return {
    wasm: compressed(readFileSync(join(pkgDir, 'wasm', 'core_bg.wasm'))),
    'wasm of the chat': compressed(readFileSync(join(pkgDir, 'wasm', 'chat_bg.wasm'))),
    io: compressed(await imported('io')),
    'io, openEvents': compressed(await imported('io, openEvents')),
    tabcast: compressed(await bundle('index.js')),
    'tabcast/react': compressed(await bundle('react/index.js')),
    'on request': compressed(await onRequest()),
    'tabcast/contract': compressed(await bundle('contract/index.js')),
    'tabcast/devtools': compressed(await bundle('devtools/index.js')),
    'tabcast/server': compressed(await bundle('server/index.js')),
  };
}

/** An app that imports only this. */
function imported(names) {
  return bundled({ code: `export { ${names} } from './index.js'`, folder: join(pkgDir, 'dist') });
}

/** The debug log, the reader of packets and the native event source. */
function onRequest() {
  const modules = ['devtools/log.js', 'socket/packets.js', 'sse/native-source.js'];
  const code = modules.map((path) => `export * from './dist/${path}';`).join('\n');
  return bundled({ code, folder: pkgDir });
}

function bundle(module) {
  return bundled({ entry: join(pkgDir, 'dist', module) });
}

function compare(sizes, budget) {
  return Object.entries(sizes).flatMap(([name, size]) =>
    Object.entries(size).map(([kind, bytes]) => ({
      name: `${name} (${kind})`,
      ratio: bytes / budget[name]?.[kind],
    })),
  );
}

function report(sizes, budget) {
  const row = (...cells) => cells.map((cell) => String(cell).padStart(16)).join('');
  const rows = Object.entries(sizes).map(([name, { gzip, brotli }]) =>
    row(name, gzip, budget[name]?.gzip ?? '-', brotli, budget[name]?.brotli ?? '-'),
  );
  return [row('bytes', 'gzip', 'allowed', 'brotli', 'allowed'), ...rows].join('\n');
}
