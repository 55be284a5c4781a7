import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { until, untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  browser = await launchChromium();
  lab = await Lab.start();
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

test('tabs share one connection', async () => {
  lab.io.on('connection', (socket) => {
    socket.on('ask', (n, ack) => ack(n + 1));
    socket.on('say', (text) => lab.io.emit('said', text));
  });
  const profile = await chromiumProfile(browser);
  const tabs = [];
  for (let i = 0; i < 3; i++) {
    const tab = await profile.open(lab.url);
    tab.page.on('console', (m) => console.log(i, m.text()));
    tab.page.on('pageerror', (m) => console.log(i, 'pageerror', m.message));
    await tab.run(`
      window.got = [];
      window.socket = window.tabcast.io('/', { shared: true, scope: 'u', transports: ['websocket'] });
      window.log = [];
      for (const e of ['connect','disconnect','connect_error']) socket.on(e, (x) => log.push([e, String(x)]));
      socket.on('said', (t) => got.push(t));
    `);
    tabs.push(tab);
  }
  try {
    for (const tab of tabs) await untilEqual('connected', () => tab.run('return socket.connected'), true, 5000);
  } catch (e) {
    for (const tab of tabs) console.log(await tab.run('return [log, socket.io.tabs.getSnapshot()]'));
    throw e;
  }
  expect(lab.connections).toBe(1);
  for (const tab of tabs) expect(await tab.run('return socket.timeout(2000).emitWithAck("ask", 1)')).toBe(2);
  for (const [i, tab] of tabs.entries()) await tab.run(`socket.emit('say', 'from ${i}')`);
  for (const tab of tabs) await untilEqual('got', () => tab.run('return got'), ['from 0', 'from 1', 'from 2']);
  await tabs[0].close();
  await until('handover', async () => tabs[1].run('return socket.io.tabs.getSnapshot().role === "leader" && socket.connected'), 3000);
  await tabs[2].run(`socket.emit('say', 'again')`);
  await untilEqual('got', () => tabs[2].run('return got'), ['from 0', 'from 1', 'from 2', 'again'], 3000);
  console.log(await tabs[2].run('return [log, socket.io.tabs.getSnapshot()]'));
});
