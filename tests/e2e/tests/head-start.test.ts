import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { Probe } from '../lib/probe.js';
import { untilEqual } from '../lib/until.js';

const FILE = '/wasm/core_bg.wasm';
const INLINE = '/wasm/core_bg.base64.js';
const WASM = readFileSync(new URL('../../../js/wasm/core_bg.wasm', import.meta.url));

let browser: Browser;
let lab: Lab;
let close: () => Promise<void>;
/** Sessions so far. */
let sessions: { close(): void }[];
/** Requests for the wasm that wait. */
let held: ServerResponse[];
beforeAll(async () => void (browser = await launchChromium()));
beforeEach(async () => {
  lab = await Lab.start();
  lab.io.on('connection', (socket) => socket.on('ask', (value, answer) => answer(value)));
  sessions = [];
  lab.io.engine.on('connection', (session: { close(): void }) => sessions.push(session));
  held = [];
  lab.routes.set(FILE, (_, response) => held.push(response));
});
afterEach(async () => {
  await close();
  await lab.stop();
});
afterAll(() => browser?.close());

async function open(): Promise<Probe> {
  const profile = await chromiumProfile(browser);
  close = () => profile.close();
  return Probe.open(await profile.open(lab.url), lab.url);
}

const connections = (count: number): Promise<void> =>
  untilEqual('connections', () => lab.connections, count);

function deliver(): void {
  for (const response of held) {
    response.writeHead(200, { 'content-type': 'application/wasm' });
    response.end(WASM);
  }
}

const ask = `return socket.timeout(5000).emitWithAck('ask', 'anyone')`;

test('the server is connected to while the wasm is on its way, and once', async () => {
  const probe = await open();
  await connections(1);
  const before = await probe.notes();

  deliver();
  await probe.untilConnected();

  expect(before).toEqual([]);
  expect(await probe.run(ask)).toBe('anyone');
  expect(await probe.notes()).toEqual([['connect']]);
  expect(sessions).toHaveLength(1);
});

test('an app that disconnects meanwhile leaves the server at once, and hears of no connection', async () => {
  const probe = await open();
  await connections(1);

  await probe.run('socket.disconnect()');
  await connections(0);
  deliver();
  await probe.run('await window.tabcast.loadCore()');

  expect(await probe.notes()).toEqual([]);
  expect(sessions).toHaveLength(1);
});

test('an app that disconnects and connects again meanwhile is connected', async () => {
  const probe = await open();
  await connections(1);

  await probe.run('socket.disconnect().connect()');
  deliver();
  await probe.untilConnected();

  expect(await probe.run(ask)).toBe('anyone');
  expect(await probe.notes()).toEqual([['connect']]);
  await connections(1);
});

test('a session that the server ends meanwhile is followed by another', async () => {
  const probe = await open();
  await connections(1);

  sessions[0]!.close();
  await connections(0);
  deliver();
  await probe.untilConnected();

  expect(await probe.run(ask)).toBe('anyone');
  expect(sessions).toHaveLength(2);
  expect(await probe.uncaught()).toEqual([]);
});

test('a wasm that does not come leaves no connection behind', async () => {
  lab.missing.add(INLINE);
  const probe = await open();
  await connections(1);

  for (const response of held) response.writeHead(404).end();

  await probe.untilNoted([['connect_error', 'wasm_load']]);
  await connections(0);
});
