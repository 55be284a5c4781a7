import { readFileSync } from 'node:fs';
import { afterEach, afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { FAST, Probe, SHARED } from '../lib/probe.js';
import { untilEqual } from '../lib/until.js';

const FILE = '/wasm/core_bg.wasm';
const INLINE = '/wasm/core_bg.base64.js';
const WASM = readFileSync(new URL('../../../js/wasm/core_bg.wasm', import.meta.url));
const DAMAGED = Buffer.concat([WASM.subarray(0, WASM.length / 2), Buffer.alloc(1000, 0xff)]);

let browser: Browser;
let lab: Lab;
let close: () => Promise<void>;
beforeAll(async () => void (browser = await launchChromium()));
beforeEach(async () => {
  lab = await Lab.start();
  lab.io.on('connection', (socket) => socket.on('ask', (value, answer) => answer(value)));
});
afterEach(async () => {
  await close();
  await lab.stop();
});
afterAll(() => browser?.close());

async function open(io: Record<string, unknown> = FAST): Promise<Probe> {
  const profile = await chromiumProfile(browser);
  close = () => profile.close();
  return Probe.open(await profile.open(lab.url), lab.url, { io });
}

const ask = `return socket.timeout(5000).emitWithAck('ask', 'anyone')`;

describe('works', () => {
  test.each([
    { what: 'the wasm file is missing', fault: () => lab.missing.add(FILE) },
    {
      what: 'the wasm file has another content type',
      fault: () => lab.replaced.set(FILE, { type: 'application/octet-stream' }),
    },
    {
      what: 'the wasm file is damaged',
      fault: () => lab.replaced.set(FILE, { bytes: DAMAGED }),
    },
    {
      what: 'a page comes in place of the wasm file',
      fault: () =>
        lab.replaced.set(FILE, { type: 'text/html', bytes: Buffer.from('<!doctype html>') }),
    },
    { what: 'the inline copy is missing', fault: () => lab.missing.add(INLINE) },
    {
      what: 'a policy forbids to fetch the file',
      fault: () =>
        (lab.pageHeaders = {
          'content-security-policy': `script-src 'self' 'wasm-unsafe-eval'; connect-src ws:`,
        }),
    },
    {
      what: 'the policy is as strict as it may be',
      fault: () =>
        (lab.pageHeaders = {
          'content-security-policy': `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'`,
        }),
    },
  ])('when $what', async ({ fault }) => {
    fault();

    const probe = await open();

    await probe.untilConnected();
    expect(await probe.run(ask)).toBe('anyone');
    expect(await probe.notes()).toEqual([['connect']]);
    expect(await probe.uncaught()).toEqual([]);
  });
});

describe('gives a typed error', () => {
  test('when a policy forbids WebAssembly, with the line to add', async () => {
    lab.pageHeaders = { 'content-security-policy': `default-src 'self'` };

    const probe = await open();

    await probe.untilNoted([['connect_error', 'wasm_csp']]);
    const [message] = await probe.tab.run<string[]>('return window.probe.messages');
    expect(message).toContain(`add 'wasm-unsafe-eval' to script-src`);
    expect(await probe.uncaught()).toEqual([]);
  });

  test('when file and inline copy are missing', async () => {
    for (const path of [FILE, INLINE]) lab.missing.add(path);

    const probe = await open();

    await probe.untilNoted([['connect_error', 'wasm_load']]);
    const failure = `
      const error = await window.tabcast.loadCore().catch((error) => error);
      return [error.name, error.code, error.retryable, error.cause instanceof Error];
    `;
    expect(await probe.run(failure)).toEqual(['TabcastError', 'wasm_load', true, true]);
    expect(await probe.uncaught()).toEqual([]);
  });

  test('when file and inline copy are damaged', async () => {
    const base64 = DAMAGED.toString('base64');
    lab.replaced.set(FILE, { bytes: DAMAGED });
    lab.replaced.set(INLINE, { bytes: Buffer.from(`export default '${base64}';`) });

    const probe = await open();

    await probe.untilNoted([['connect_error', 'wasm_load']]);
    expect(await probe.uncaught()).toEqual([]);
  });
});

describe('the wasm of the chat', () => {
  const FILES = { file: '/wasm/chat_bg.wasm', inline: '/wasm/chat_bg.base64.js' };
  const load = `return window.tabcast.loadChat().then(() => 'loaded', (error) => error.code)`;

  test.each([
    { what: 'the file is there', paths: [], outcome: 'loaded' },
    { what: 'only the inline copy is there', paths: [FILES.file], outcome: 'loaded' },
    { what: 'neither is there', paths: [FILES.file, FILES.inline], outcome: 'wasm_load' },
  ])('is $outcome when $what', async ({ paths, outcome }) => {
    for (const path of paths) lab.missing.add(path);
    const probe = await open();

    const told = await probe.run(load);

    expect(told).toBe(outcome);
    expect(await probe.uncaught()).toEqual([]);
  });
});

test('what waits for an answer hears that the core cannot be loaded', async () => {
  for (const path of [FILE, INLINE]) lab.missing.add(path);

  const probe = await open({ ...FAST, autoConnect: false });
  const failed = probe.run<string>(`
    socket.connect();
    return socket.emitWithAck('ask', 1).catch((error) => error.code);
  `);

  expect(await failed).toBe('wasm_load');
  expect(await probe.run('return socket.connected')).toBe(false);
});

test('a copy that comes back is found when the app connects again, and nothing emitted is lost', async () => {
  for (const path of [FILE, INLINE]) lab.missing.add(path);
  const said: unknown[] = [];
  lab.io.on('connection', (socket) => socket.on('say', (text) => said.push(text)));
  const probe = await open({ ...SHARED });
  await probe.untilNoted([['connect_error', 'wasm_load']]);
  await probe.run(`socket.emit('say', 'kept')`);

  lab.missing.clear();
  await probe.run('socket.connect()');

  await probe.untilConnected();
  await untilEqual('said', () => said, ['kept']);
});
