#!/usr/bin/env node
import './lib/node-version.mjs';

const { main } = await import('./lib/main.mjs');
const { prepare } = await import('./lib/prepare.mjs');
const { buildPackage } = await import('./build/package.mjs');

await main(async () => {
  await prepare();
  await buildPackage();
});
