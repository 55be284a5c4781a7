#!/usr/bin/env node
import './lib/node-version.mjs';

const { main } = await import('./lib/main.mjs');
const { select } = await import('./test/select.mjs');
const { runSteps } = await import('./test/runner.mjs');
const { steps } = await import('./test/steps.mjs');

await main(() => runSteps(select(steps, process.argv.slice(2))));
