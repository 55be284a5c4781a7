// What is in the package, and whether every kind of consumer finds its way into it.
// `--update` writes the file list anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { Problem } from '../../scripts/lib/errors.mjs';
import { filesBelow } from '../../scripts/lib/fingerprint.mjs';
import { main } from '../../scripts/lib/main.mjs';
import { runBin } from '../../scripts/lib/npm.mjs';
import { inRoot, pkgDir, root } from '../../scripts/lib/paths.mjs';
import { step } from '../../scripts/lib/progress.mjs';
import { pack } from './pack.mjs';

const LIST = inRoot('tests', 'package', 'files.txt');
const MODULE_FOLDERS = ['dist', 'cjs/dist'];

await main(async () => {
  const { tarball, files } = await pack();
  if (process.argv.includes('--update'))
    writeFileSync(LIST, `${besideModules(files).join('\n')}\n`);
  await step('files', async () => checkFiles(files));
  for (const part of ['core', 'chat']) await step(`wasm: ${part}`, async () => checkWasm(part));
  await step('publint', checkManifest);
  await step('attw', (note) => {
    const args = [
      tarball,
      '--exclude-entrypoints',
      'core.wasm',
      'chat.wasm',
      '--no-emoji',
      '--no-color',
    ];
    return runBin('@arethetypeswrong/cli', 'attw', args, { onLine: note });
  });
});

// The modules follow from the sources; everything else is listed.
function checkFiles(files) {
  const listed = readFileSync(LIST, 'utf8').trim().split('\n');
  const expected = new Set([...listed, ...modulesOfSources()]);
  const packed = new Set(files);
  const problems = [
    ...files.filter((file) => !expected.has(file)).map((file) => `unexpected: ${file}`),
    ...[...expected].filter((file) => !packed.has(file)).map((file) => `missing: ${file}`),
  ];
  if (problems.length === 0) return;
  const how = 'if that is meant: node tests/package/contents.mjs --update';
  throw new Problem(['the package has other files than it should', ...problems, how].join('\n'));
}

function modulesOfSources() {
  const modules = filesBelow(inRoot('js', 'src')).map((path) => path.replace(/\.tsx?$/, ''));
  return MODULE_FOLDERS.flatMap((folder) =>
    modules.flatMap((path) => [`${folder}/${path}.js`, `${folder}/${path}.d.ts`]),
  );
}

function besideModules(files) {
  return files.filter((file) => !MODULE_FOLDERS.some((folder) => file.startsWith(`${folder}/`)));
}

function checkWasm(part) {
  const wasm = readFileSync(join(pkgDir, 'wasm', `${part}_bg.wasm`));
  const paths = [homedir(), root].filter((path) => wasm.includes(path));
  if (paths.length > 0)
    throw new Problem(`the wasm names folders of this machine: ${paths.join(', ')}`);

  // Code that wants an operating system compiles all the same, and shows as an import that
  // wasm-bindgen knows nothing of.
  const glue = readFileSync(join(pkgDir, 'wasm', `${part}.js`), 'utf8');
  const provided = new Set(Array.from(glue.matchAll(/([\w$]+): \(/g), ([, name]) => name));
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
  const foreign = imports.map(({ name }) => name).filter((name) => !provided.has(name));
  if (foreign.length === 0) return;
  throw new Problem(`the wasm imports ${foreign.join(', ')}, which the glue does not provide`);
}

async function checkManifest() {
  const { messages, pkg } = await publint({ pkgDir, level: 'suggestion', strict: true });
  if (messages.length === 0) return;
  throw new Problem(
    messages.map((message) => formatMessage(message, pkg, { color: false })).join('\n'),
  );
}
