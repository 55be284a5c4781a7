import { MemoryStore } from 'tabcast/server';
import { expect } from 'vitest';
import { EmitFlow, type Carried, type FlowReport } from './emit-flow.js';
import type { Profile, Tab } from './tab.js';
import { until } from './until.js';

/** More rounds give figures, fewer a test that ends soon. */
const ROUNDS = Number(process.env['E2E_ROUNDS'] ?? 2);
const TABS = 5;
const PER_SECOND = 200;

/** Plays rounds in which the leader ends while all others emit; gives what those know. */
export async function playRounds<T extends Tab>(
  profile: Profile<T>,
  url: string,
  delivery: string,
  carried: Carried,
  end: (leader: T) => Promise<unknown>,
): Promise<FlowReport[]> {
  const reports: FlowReport[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const flows: EmitFlow<T>[] = [];
    for (let index = 0; index < TABS; index += 1) {
      flows.push(await EmitFlow.open(await profile.open(url), delivery));
    }
    const roles = await Promise.all(flows.map((flow) => flow.role()));
    const leader = flows[roles.indexOf('leader')]!;
    const others = flows.filter((flow) => flow !== leader);
    const each = PER_SECOND / others.length;
    await Promise.all(others.map((flow, index) => flow.start(`r${round}t${index}`, each)));
    const before = carried.times.size;
    await until('events flow', () => carried.times.size > before + 60);
    await end(leader.tab);
    const then = carried.times.size;
    await until('events flow again', () => carried.times.size > then + 60);
    reports.push(...(await Promise.all(others.map((flow) => flow.finish()))));
    for (const { tab } of flows) await tab.close().catch(() => undefined);
  }
  return reports;
}

/** Fails unless all was carried out once, in order for each tab, and all that asked was answered. */
export async function expectExactlyOnce(
  reports: readonly FlowReport[],
  carried: Carried,
): Promise<void> {
  expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
  for (const { sent, acked } of reports) {
    const name = sent[0]!.split(':')[0]!;
    await until('all is carried out', () => carried.of(name).length >= sent.length);
    expect(carried.of(name)).toEqual(sent);
    expect(sorted(acked)).toEqual(sorted(asked(sent)));
  }
  expect(carried.repeated).toEqual([]);
}

/** The events that asked for an acknowledgement. */
export function asked(sent: readonly string[]): string[] {
  return sent.filter((_, index) => index % 2 === 1);
}

export function sorted(keys: readonly string[]): string[] {
  return [...keys].sort();
}

/** Says what was played, for people. */
export function printRounds(what: string, reports: readonly FlowReport[], more: string): void {
  const sent = reports.reduce((sum, report) => sum + report.sent.length, 0);
  const slowest = Math.max(...reports.map((report) => report.slowest));
  console.log(
    `${what}: ${ROUNDS} rounds, ${sent} events of ${TABS - 1} followers at ${PER_SECOND}/s, ` +
      `${more}, slowest answer ${slowest.toFixed(0)} ms`,
  );
}

/** Counts how often an event came that was known. */
export class RepetitionCounter extends MemoryStore {
  repetitions = 0;

  override begin(...args: Parameters<MemoryStore['begin']>): ReturnType<MemoryStore['begin']> {
    const seen = super.begin(...args);
    if (seen.state !== 'new') this.repetitions += 1;
    return seen;
  }
}
