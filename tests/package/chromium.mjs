import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { Problem } from '../../scripts/lib/errors.mjs';
import { find } from '../../scripts/lib/executables.mjs';

const DEADLINE_MS = 30_000;

/** Serves the built app and checks that the page loads the wasm as files and reports no error. */
export async function loadInChromium(app) {
  const vite = await import(pathToFileURL(join(app, 'node_modules/vite/dist/node/index.js')).href);
  const server = await vite.preview({ root: app, logLevel: 'error', preview: { port: 0 } });
  const browser = await chromium.launch({
    executablePath: find('chromium', 'chromium-browser', 'google-chrome'),
    args: ['--no-sandbox'],
  });
  try {
    await check(await browser.newPage(), server.resolvedUrls.local[0]);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function check(page, url) {
  const errors = [];
  const wasm = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on(
    'response',
    (response) => response.url().endsWith('.wasm') && wasm.push(response.status()),
  );

  await page.goto(url);
  const loaded = page.locator('[data-core="loaded"]').waitFor({ timeout: DEADLINE_MS });
  await loaded.catch(() => errors.push('the page did not report that the core was loaded'));

  if (errors.length > 0) throw new Problem(errors.join('\n'));
  if (wasm.join() !== '200,200')
    throw new Problem(
      `wasm requests: ${wasm.join() || 'none'}, expected one for the core and one for the chat`,
    );
}
