import { deduplicate } from 'tabcast/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Carried } from '../lib/emit-flow.js';
import {
  expectExactlyOnce,
  playRounds,
  printRounds,
  RepetitionCounter,
} from '../lib/emit-rounds.js';
import { Lab } from '../lib/lab.js';
import { Probe, SHARED } from '../lib/probe.js';
import type { Profile, Tab } from '../lib/tab.js';
import { launchWebDriver, type WebDriverBrowser } from '../lib/webdriver.js';

describe.each<WebDriverBrowser>(['firefox', 'webkit'])('%s', (name) => {
  let profile: Profile;
  let lab: Lab;

  beforeAll(async () => {
    profile = await launchWebDriver(name);
    // A session ends with its last window.
    await profile.open('about:blank');
  });
  afterAll(() => profile?.close());

  beforeEach(async () => {
    lab = await Lab.start();
  });
  afterEach(() => lab.stop());

  test.each([
    ['closed', (leader: Tab) => leader.close()],
    ['reloaded', (leader: Tab) => leader.reload()],
  ] as const)(
    'what followers emit while the leader is %s is carried out exactly once and answered',
    async (how, end) => {
      const carried = new Carried();
      const store = new RepetitionCounter();
      deduplicate(lab.io, { store });
      lab.io.on('connection', carried.listen);

      const reports = await playRounds(profile, lab.url, 'exactly-once', carried, end);

      await expectExactlyOnce(reports, carried);
      const more = `${store.repetitions} repetitions recognised`;
      printRounds(`${name}, exactly once, leader ${how}`, reports, more);
    },
  );

  test('what the server asks is answered once, by the tab that listens', async () => {
    const probes: Probe[] = [];
    for (let index = 0; index < 3; index += 1) {
      const probe = await Probe.open(await profile.open(lab.url), lab.url, { io: SHARED });
      await probe.untilConnected();
      probes.push(probe);
    }
    await probes[1]!.run(`socket.on('one', (n, reply) => reply('tab 1', n))`);
    for (const [index, probe] of probes.entries()) {
      await probe.run(`socket.on('all', (reply) => reply('tab', args[0]))`, index);
    }
    const [server] = [...lab.io.of('/').sockets.values()];
    const answers: unknown[][] = [];
    const ask = (...event: [string, ...unknown[]]) =>
      new Promise<void>((resolve) => {
        server!.timeout(5000).emit(...event, (...answer: unknown[]) => {
          answers.push(answer);
          resolve();
        });
      });

    await ask('one', 1);
    await ask('all');
    await ask('one', 2);

    expect(answers).toEqual([
      [null, 'tab 1', 1],
      [null, 'tab', expect.any(Number)],
      [null, 'tab 1', 2],
    ]);
    for (const { tab } of probes) await tab.close();
  });
});
