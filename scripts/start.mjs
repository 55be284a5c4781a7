#!/usr/bin/env node
import './lib/node-version.mjs';

const { main } = await import('./lib/main.mjs');
const { freePort } = await import('./lib/port.mjs');
const { prepare } = await import('./lib/prepare.mjs');
const { step } = await import('./lib/progress.mjs');
const { buildPackage } = await import('./build/package.mjs');
const { buildExamples } = await import('./build/examples.mjs');
const { startServer } = await import('./start/server.mjs');

const DEFAULT_PORT = 3000;

await main(
  async () => {
    const port = await freePort(DEFAULT_PORT);
    await prepare();
    await buildPackage();
    await buildExamples();
    const server = await step('server and app answer', (note) => startServer(port, note));
    console.log(
      `\n  tabcast chat: ${server.url}\n  server log:   ${server.log}\n  Ctrl-C stops it.\n`,
    );
    await server.ended;
  },
  { codeOnSignal: 0 },
);
