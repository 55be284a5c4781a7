import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { until, untilEqual } from '../lib/until.js';

/** What a download link does to a connection with `closeOnBeforeunload`. */
const DIFFERENCE = {
  row: '`closeOnBeforeunload` changes nothing',
  upstream: { connections: 0, disconnects: 0 },
  tabcast: { connections: 1, disconnects: 0 },
};

let browser: Browser;
let lab: Lab;
let tab: ChromiumTab;

beforeAll(async () => void (browser = await launchChromium()));
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start();
  lab.routes.set('/file', (_, response) => {
    response.writeHead(200, { 'content-disposition': 'attachment' }).end('something');
  });
  const profile = await chromiumProfile(browser);
  tab = await profile.open(lab.url);
});
afterEach(async () => {
  await tab.close();
  await lab.stop();
});

test.each(['upstream', 'tabcast'] as const)(
  '%s: closeOnBeforeunload when something is downloaded, and when the page is left',
  async (client) => {
    await connect(client, { closeOnBeforeunload: true });

    await tab.run(DOWNLOAD);

    await untilEqual('connections', () => lab.connections, DIFFERENCE[client].connections);
    expect(await tab.run('return disconnects')).toBe(DIFFERENCE[client].disconnects);
    // Else nothing could be said of what has not happened.
    if (lab.connections > 0) await tab.run('await socket.emitWithAck("still there?")');
    await tab.page.goto('about:blank');
    await untilEqual('connections', () => lab.connections, 0);
  },
);

async function connect(client: 'upstream' | 'tabcast', options: object): Promise<void> {
  lab.io.on('connection', (socket) => {
    socket.on('still there?', (reply: () => void) => reply());
  });
  await tab.run(
    `const { io } = args[0] === 'upstream' ? await import('/reference.js') : tabcast;
     window.disconnects = 0;
     window.socket = io({ transports: ['websocket'], ...args[1] });
     socket.on('disconnect', () => (disconnects += 1));`,
    client,
    options,
  );
  await until('connected', () => tab.run('return socket.connected'));
}

/** The browser asks the page whether it may be left, and learns only then that it stays. */
const DOWNLOAD = `
  const leaving = new Promise((resolve) => addEventListener('beforeunload', resolve));
  const link = document.createElement('a');
  link.href = '/file';
  document.body.append(link);
  link.click();
  await leaving;`;
