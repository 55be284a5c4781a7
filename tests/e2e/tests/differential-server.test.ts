import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  browser = await launchChromium();
  lab = await Lab.start();
  lab.io.of('/other');
  lab.io.on('connection', (socket) => socket.on('answer', (answered: () => void) => answered()));
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

/**
 * What a socket of the main namespace hears while another leaves its namespace and comes back, a
 * few times: the server stumbles only over two packets that it reads in one go.
 */
async function heardMeanwhile(module: string): Promise<unknown> {
  const profile = await chromiumProfile(browser);
  const tab = await profile.open(lab.url);
  const heard = await tab.run(
    `const { io } = await import(args[0]);
     const main = io({ forceNew: true, transports: ['websocket'], reconnectionDelay: 10 });
     const other = main.io.socket('/other');
     const connected = (socket) =>
       socket.connected || new Promise((resolve) => socket.once('connect', resolve));
     await Promise.all([connected(main), connected(other)]);
     const heard = [];
     main.on('disconnect', (reason) => heard.push(reason)).on('connect', () => heard.push('connect'));
     for (let times = 0; times < 20 && heard.length === 0; times += 1) {
       other.disconnect().connect();
       await connected(other);
       await connected(main);
       // What the server does about it comes before its next answer.
       await main.timeout(2000).emitWithAck('answer').catch(() => undefined);
       await connected(main);
     }
     return heard;`,
    module,
  );
  await profile.close();
  return heard;
}

test('a namespace that is left and entered at once', async () => {
  const upstream = await heardMeanwhile('/reference.js');
  const tabcast = await heardMeanwhile('/dist/index.js');

  expect(README).toContain('| `disconnect().connect()` on one of several namespaces keeps');
  expect(upstream).toEqual(['transport close', 'connect']);
  expect(tabcast).toEqual([]);
});
