#!/usr/bin/env node
import './lib/node-version.mjs';

const { main } = await import('./lib/main.mjs');
const { checkPrerequisites } = await import('./lib/prerequisites.mjs');
const { installPackages, runBin } = await import('./lib/npm.mjs');
const { step } = await import('./lib/progress.mjs');
const { run } = await import('./lib/run.mjs');

await main(async () => {
  await checkPrerequisites();
  await step('npm packages', installPackages);
  await step('cargo fmt', () => run('cargo', ['fmt']));
  await step('prettier', () =>
    runBin('prettier', 'prettier', ['--write', '--log-level=warn', '.']),
  );
});
