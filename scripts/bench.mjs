#!/usr/bin/env node
import './lib/node-version.mjs';

const { main } = await import('./lib/main.mjs');
const { prepare } = await import('./lib/prepare.mjs');
const { buildPackage } = await import('./build/package.mjs');
const { buildExamples } = await import('./build/examples.mjs');
const { npm } = await import('./lib/npm.mjs');

await main(async () => {
  await prepare();
  await buildPackage();
  const [script, ...chosen] = process.argv.slice(2);
  // The chat in it is that of the reference server.
  if (chosen.includes('rounds')) await buildExamples();
  await npm(['run', script, '-w', 'bench', '--', ...chosen], {
    onLine: (line) => console.log(line),
  });
});
