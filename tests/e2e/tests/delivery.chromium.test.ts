import type { Browser } from 'playwright-core';
import { deduplicate, MemoryStore } from 'tabcast/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Carried, EmitFlow, type FlowReport } from '../lib/emit-flow.js';
import { Lab } from '../lib/lab.js';
import type { Profile } from '../lib/tab.js';
import { until } from '../lib/until.js';

/** More rounds give figures, fewer a test that ends soon. */
const ROUNDS = Number(process.env['E2E_ROUNDS'] ?? 2);
const TABS = 5;
const PER_SECOND = 200;

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
    const reports = await rounds('exactly-once', end);

    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    for (const { sent, acked } of reports) {
      const name = sent[0]!.split(':')[0]!;
      const asked = sent.filter((_, index) => index % 2 === 1);
      await until('all is carried out', () => carried.of(name).length >= sent.length);
      expect(carried.of(name)).toEqual(sent);
      expect(acked.toSorted()).toEqual(asked.toSorted());
    }
    expect(carried.repeated).toEqual([]);
    report(`exactly once, leader ${how}`, reports, `${store.repetitions} repetitions recognised`);
  });

  test.each(ENDS)('%s is answered at least once where it is asked', async (how, end) => {
    const reports = await rounds('at-least-once', end);

    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    for (const { sent, acked } of reports) {
      const asked = sent.filter((_, index) => index % 2 === 1);
      expect(acked.toSorted()).toEqual(asked.toSorted());
      expect(asked.filter((key) => !carried.times.has(key))).toEqual([]);
    }
    report(`at least once, leader ${how}`, reports, `${carried.repeated.length} carried out again`);
  });

  test.each(ENDS)(
    '%s is carried out at most once, and what is unknown is told',
    async (how, end) => {
      const reports = await rounds('at-most-once', end);

      expect(carried.repeated).toEqual([]);
      for (const { sent, acked, failed } of reports) {
        const ended = [...acked, ...failed.map(([key]) => key)];
        expect(ended.toSorted()).toEqual(sent.filter((_, index) => index % 2 === 1).toSorted());
        const sure = failed.filter(([, , name]) => name !== 'DeliveryUnknown').map(([key]) => key);
        expect(sure.filter((key) => carried.times.has(key))).toEqual([]);
      }
      const unknown = reports.flatMap(({ failed }) => failed).length;
      report(`at most once, leader ${how}`, reports, `${unknown} of unknown fate`);
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

/** Plays rounds in which the leader ends while all others emit; gives what those know. */
async function rounds(
  delivery: string,
  end: (leader: ChromiumTab) => Promise<void>,
): Promise<FlowReport[]> {
  const reports: FlowReport[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const flows: EmitFlow[] = [];
    for (let index = 0; index < TABS; index += 1) {
      flows.push(await EmitFlow.open(await profile.open(lab.url), delivery));
    }
    const roles = await Promise.all(flows.map((flow) => flow.role()));
    const leader = flows[roles.indexOf('leader')]!;
    const others = flows.filter((flow) => flow !== leader);
    const each = PER_SECOND / others.length;
    await Promise.all(others.map((flow, index) => flow.start(`r${round}t${index}`, each)));
    const before = carried.times.size;
    await until('events flow', () => carried.times.size > before + 60);
    await end(leader.tab as ChromiumTab);
    const then = carried.times.size;
    await until('events flow again', () => carried.times.size > then + 60);
    reports.push(...(await Promise.all(others.map((flow) => flow.finish()))));
    for (const { tab } of flows) await tab.close().catch(() => undefined);
  }
  return reports;
}

class RepetitionCounter extends MemoryStore {
  repetitions = 0;

  override begin(...args: Parameters<MemoryStore['begin']>): ReturnType<MemoryStore['begin']> {
    const seen = super.begin(...args);
    if (seen.state !== 'new') this.repetitions += 1;
    return seen;
  }
}

function report(what: string, reports: readonly FlowReport[], more: string): void {
  const sent = reports.reduce((sum, report) => sum + report.sent.length, 0);
  const slowest = Math.max(...reports.map((report) => report.slowest));
  console.log(
    `${what}: ${ROUNDS} rounds, ${sent} events of ${reports.length} tabs at ${PER_SECOND}/s, ` +
      `${more}, slowest answer ${slowest.toFixed(0)} ms`,
  );
}
