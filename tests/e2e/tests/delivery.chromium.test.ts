import type { Socket as NetSocket } from 'node:net';
import type { Browser } from 'playwright-core';
import { deduplicate } from 'tabcast/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Carried, EmitFlow } from '../lib/emit-flow.js';
import {
  asked,
  expectExactlyOnce,
  playRounds,
  printRounds,
  RepetitionCounter,
  sorted,
} from '../lib/emit-rounds.js';
import { Lab } from '../lib/lab.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
let profile: Profile<ChromiumTab>;
let carried: Carried;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start();
  carried = new Carried();
  lab.io.on('connection', carried.listen);
  profile = await chromiumProfile(browser);
});
afterEach(async () => {
  await profile.close();
  await lab.stop();
});

const ENDS = [
  ['closed', (leader: ChromiumTab) => leader.close()],
  ['crashed', (leader: ChromiumTab) => leader.crash()],
  ['reloaded', (leader: ChromiumTab) => leader.reload()],
] as const;

describe('what followers emit while the leader is', () => {
  test.each(ENDS)('%s is carried out exactly once, and every answer arrives', async (how, end) => {
    const store = new RepetitionCounter();
    deduplicate(lab.io, { store });
    const reports = await playRounds(profile, lab.url, 'exactly-once', carried, end);

    await expectExactlyOnce(reports, carried);
    printRounds(
      `exactly once, leader ${how}`,
      reports,
      `${store.repetitions} repetitions recognised`,
    );
  });

  test.each(ENDS)('%s is answered at least once where it is asked', async (how, end) => {
    const reports = await playRounds(profile, lab.url, 'at-least-once', carried, end);

    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    for (const { sent, acked } of reports) {
      expect(sorted(acked)).toEqual(sorted(asked(sent)));
      expect(asked(sent).filter((key) => !carried.times.has(key))).toEqual([]);
    }
    printRounds(
      `at least once, leader ${how}`,
      reports,
      `${carried.repeated.length} carried out again`,
    );
  });

  test.each(ENDS)(
    '%s is carried out at most once, and what is unknown is told',
    async (how, end) => {
      const reports = await playRounds(profile, lab.url, 'at-most-once', carried, end);

      expect(carried.repeated).toEqual([]);
      for (const { sent, acked, failed } of reports) {
        const ended = [...acked, ...failed.map(([key]) => key)];
        expect(sorted(ended)).toEqual(sorted(asked(sent)));
        const sure = failed.filter(([, , name]) => name !== 'DeliveryUnknown').map(([key]) => key);
        expect(sure.filter((key) => carried.times.has(key))).toEqual([]);
      }
      const unknown = reports.flatMap(({ failed }) => failed).length;
      printRounds(`at most once, leader ${how}`, reports, `${unknown} of unknown fate`);
    },
  );
});

test('a server without the middleware gets nothing that was to be carried out exactly once', async () => {
  const heard: unknown[] = [];
  lab.io.on('connection', (socket) => socket.onAny((...args) => heard.push(args)));
  const flow = await EmitFlow.open(await profile.open(lab.url), 'exactly-once');

  const codes = await flow.tab.run<string[]>(`
    const failed = (error) => [error.name, error.code];
    const lost = new Promise((resolve) => socket.io.on('error', resolve));
    socket.emit('plain', 'a');
    return [await socket.emitWithAck('asked', 'b').catch(failed), failed(await lost)];
  `);

  expect(codes).toEqual([
    ['TabcastError', 'unsupported'],
    ['TabcastError', 'unsupported'],
  ]);
  expect(heard).toEqual([]);
});

test.each(['leader', 'follower'] as const)(
  'a %s can wait until a slow server has taken what was sent',
  async (role) => {
    const chunks: number[] = [];
    lab.io.on('connection', (socket) => socket.on('chunk', (bytes) => chunks.push(bytes.length)));
    const flows = [
      await EmitFlow.open(await profile.open(lab.url), 'at-most-once'),
      await EmitFlow.open(await profile.open(lab.url), 'at-most-once'),
    ];
    const roles = await Promise.all(flows.map((flow) => flow.role()));
    const { tab } = flows[roles.indexOf(role)]!;
    const [server] = [...lab.io.of('/').sockets.values()];
    const tcp: NetSocket = (server!.conn.transport as any).socket._socket;

    tcp.pause();
    await tab.run(`
      window.drained = false;
      for (let n = 0; n < 60; n += 1) socket.emit('chunk', new Uint8Array(500_000));
      socket.drained().then(() => (window.drained = true));
    `);
    await until('volatile events are dropped', () =>
      tab.run<boolean>(`
        const sent = socket.volatile.timeout(50).emitWithAck('chunk');
        return sent.catch(({ code }) => code === 'disconnected');
      `),
    );
    const before = await tab.run('return drained');
    tcp.resume();

    await until('drained', () => tab.run('return drained'));
    await untilEqual('chunks', () => chunks.filter((size) => size === 500_000).length, 60);
    expect(before).toBe(false);
  },
);
