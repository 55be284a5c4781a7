import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumProfile, launchChromium } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import { Probe, SHARED } from '../lib/probe.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';
import { launchWebDriver } from '../lib/webdriver.js';

/** An address of this machine that is not the loopback, or a name that leads there. */
const LAN = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
const LAN_NAME = 'lan.test';

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.start({}, '0.0.0.0');
  lab.io.on('connection', (socket) => {
    socket.on('say', (text) => lab.io.emit('said', text));
    socket.on('ask', (value, answer) => answer(value + 1));
  });
});
afterEach(() => lab.stop());

/** Two tabs that asked to share, cannot, and work nevertheless. */
async function workAlone(open: () => Promise<Tab>, url: string, why: string): Promise<void> {
  const probes: Probe[] = [];
  for (let at = 0; at < 2; at++) {
    probes.push(await Probe.open(await open(), url, { io: SHARED, listen: ['said'] }));
  }

  for (const probe of probes) await probe.untilConnected();
  expect(lab.connections).toBe(2);
  for (const [at, probe] of probes.entries()) {
    const { role, sharing, count } = await probe.run<Record<string, unknown>>(
      'return socket.io.tabs.getSnapshot()',
    );
    expect({ role, sharing, count }).toEqual({ role: 'solo', sharing: why, count: 1 });
    expect(await probe.run(`return socket.timeout(5000).emitWithAck('ask', 1)`)).toBe(2);
    await probe.run(`socket.emit('say', ${at})`);
    for (const each of probes) await each.untilCount('said', at + 1);
  }
  lab.io.disconnectSockets(true);
  for (const probe of probes) await probe.untilCount('disconnect', 1);
  for (const probe of probes) await probe.run('socket.connect()');
  for (const probe of probes) {
    await probe.untilCount('connect', 2);
    expect((await probe.notesOf('said')).map(([, text]) => text)).toEqual([0, 1]);
    expect(await probe.uncaught()).toEqual([]);
  }
}

describe('chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium([`--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`]);
  });
  afterAll(() => browser?.close());

  test('plain http on another address than the loopback: each tab connects for itself', async () => {
    const profile = await chromiumProfile(browser);
    const url = `http://${LAN ?? LAN_NAME}:${lab.port}`;
    const open = async (): Promise<Tab> => {
      const tab = await profile.open(url);
      expect(await tab.run('return [isSecureContext, navigator.locks]')).toEqual([
        false,
        undefined,
      ]);
      return tab;
    };

    await workAlone(open, url, 'insecure context');
    await profile.close();
  });

  test.each([
    { what: 'locks', init: 'delete Navigator.prototype.locks', why: 'insecure context' },
    { what: 'channels', init: 'delete globalThis.BroadcastChannel', why: 'no BroadcastChannel' },
    {
      what: 'channels that work',
      init: `globalThis.BroadcastChannel = class { constructor() { throw new Error('no'); } }`,
      why: 'no BroadcastChannel',
    },
    {
      what: 'locks that are granted',
      init: `LockManager.prototype.request = async () => { throw new Error('no'); }`,
      why: 'opaque origin',
    },
    {
      what: 'locks that can be asked for',
      init: `LockManager.prototype.request = () => { throw new Error('no'); }`,
      why: 'opaque origin',
    },
    { what: 'randomUUID', init: 'delete Crypto.prototype.randomUUID', why: '' },
  ])('a browser without $what', async ({ init, why }) => {
    const profile = await chromiumProfile(browser, init);

    if (why) await workAlone(() => profile.open(lab.url), lab.url, why);
    else await shareOne(profile);
    await profile.close();
  });

  test('a sandboxed frame connects for itself', async () => {
    const profile = await chromiumProfile(browser);
    const open = async (): Promise<Tab> => {
      const tab = await profile.open(`${lab.url}/sandbox`);
      const frame = await until('frame', () => tab.page.frames()[1]);
      await until('tabcast', () => frame.evaluate('"tabcast" in window'));
      const run = <T>(body: string, ...args: unknown[]): Promise<T> =>
        frame.evaluate(`(async (args) => { ${body} })(${JSON.stringify(args)})`) as Promise<T>;
      return Object.assign(Object.create(tab) as Tab, { run });
    };

    await workAlone(open, lab.url, 'opaque origin');
    await profile.close();
  });
});

describe.each(['firefox', 'webkit'] as const)('%s', (name) => {
  let profile: Profile;
  beforeAll(async () => void (profile = await launchWebDriver(name)));
  afterAll(() => profile?.close());

  test.runIf(LAN)('plain http on another address than the loopback', async () => {
    const url = `http://${LAN}:${lab.port}`;

    await workAlone(() => profile.open(url), url, 'insecure context');
  });
});

async function shareOne(profile: Profile): Promise<void> {
  const probes: Probe[] = [];
  for (let at = 0; at < 2; at++) {
    probes.push(await Probe.open(await profile.open(lab.url), lab.url, { io: SHARED }));
  }
  for (const probe of probes) await probe.untilConnected();
  const sharing = (probe: Probe) => probe.run('return socket.io.tabs.getSnapshot().sharing');
  for (const probe of probes) await untilEqual('sharing', () => sharing(probe), 'on');
  expect(lab.connections).toBe(1);
}
