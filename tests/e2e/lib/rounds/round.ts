import type { Tab } from '../tab.js';
import { until } from '../until.js';
import type { Backend } from './backend.js';
import type { Mode } from './modes.js';
import type { Stage } from './stage.js';
import {
  difference,
  longestPause,
  sum,
  upward,
  wasResumed,
  type Difference,
  type TabReport,
  type Upward,
} from './verdict.js';

/** How long messages flow before the fault, and at least after it. */
const LEAD_IN_MS = 400;

/** What was seen in a round. */
export interface Round {
  /** Whether the session went on where it was, for every tab that was there. */
  readonly resumed: boolean;
  readonly sent: number;
  /** By tab that was there all the time. */
  readonly down: readonly Difference[];
  readonly up: readonly Upward[];
  /** Milliseconds from the fault; `undefined` if no other tab had to take over, or to connect. */
  readonly failover: number | undefined;
  readonly reconnect: number | undefined;
  /** The longest pause of deliveries in a surviving tab, in milliseconds. */
  readonly pause: number;
  /** Whether the leader's page came out of the back/forward cache. */
  readonly restored: boolean;
}

/** What may be expected of messages, each of which comes at most once and in order anyhow. */
export interface Guarantee {
  /** When all messages of the server come. */
  readonly down: 'always' | 'while the session goes on';
  /** Whether a message may be of unknown fate that was on its way in a handover. */
  readonly up: 'exactly once' | 'at most once';
}

/** What the round shows that may not be. */
export function faults({ resumed, down, up }: Round, guarantee: Guarantee): string[] {
  const [came, arrived] = [sum(down), sum(up)];
  const untrue = up.reduce((total, tab) => total + tab.untrue, 0);
  const unknown = up.reduce((total, tab) => total + tab.unknown.length, 0);
  const isOnce = guarantee.up === 'exactly once';
  const counts = {
    'lost on the way down': resumed || guarantee.down === 'always' ? came.lost : 0,
    'doubled on the way down': came.doubled,
    'reordered on the way down': came.reordered,
    'lost on the way up': isOnce ? arrived.lost : 0,
    'of unknown fate on the way up': isOnce ? unknown : 0,
    'doubled on the way up': arrived.doubled,
    'reordered on the way up': arrived.reordered,
    'said to have arrived, or never told of': untrue,
  };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} messages ${what}`);
}

/** Lets the leader of five tabs fail in the way of `mode` while `perSecond` messages flow each way. */
export async function playRound(
  stage: Stage,
  backend: Backend,
  mode: Mode,
  perSecond: number,
): Promise<Round> {
  const config = await backend.begin();
  const { leader, others } = await stage.begin(config);
  await until('one connection', async () => (await backend.connections()) === 1);
  const strike = await mode.aim(leader, stage, backend);
  const share = perSecond / stage.tabs.length;
  for (const tab of [leader, ...others]) await tab.run('rounds.startSending(args[0])', share);
  backend.startSending(perSecond);
  await flowed(backend, (LEAD_IN_MS * perSecond) / 1000);

  const moment = Date.now() + (mode.beginsAfterMs ?? 0);
  const struck = strike();
  await flowed(backend, (((mode.lastsMs ?? 0) + LEAD_IN_MS) * perSecond) / 1000);
  await struck;
  await mode.mend?.(leader);
  if (mode.fate === 'gone') stage.remove(leader);
  await stage.settled();
  await flowed(backend, (LEAD_IN_MS * perSecond) / 1000);

  for (const tab of stage.tabs) await tab.run('rounds.stopSending()');
  await backend.stopSending();
  const survivors = mode.fate === 'stays' ? [leader, ...others] : others;
  const steady = mode.fate === 'resumes' ? [leader, ...survivors] : survivors;
  await quiet(steady, backend);
  await until('one connection again', async () => (await backend.connections()) === 1);

  const reports = new Map<Tab, TabReport>();
  for (const tab of stage.tabs) reports.set(tab, await stage.report(tab));
  return judge({ stage, backend, moment, reports, leader, survivors, steady });
}

/** Waits until the server has sent `count` more messages. */
async function flowed(backend: Backend, count: number): Promise<void> {
  const target = backend.sent.length + count;
  await until(`${count} messages`, () => backend.sent.length >= target);
}

/** Waits until `tabs` have the last message, and know what became of theirs. */
async function quiet(tabs: readonly Tab[], backend: Backend): Promise<void> {
  const last = backend.sent.at(-1);
  for (const tab of tabs) {
    await until(
      'the last message',
      async () => (await tab.run<number>('return rounds.last')) === last,
    );
    await until(
      'the fate of all messages',
      async () => (await tab.run<number>('return rounds.pending')) === 0,
      30_000,
    );
  }
}

interface Facts {
  readonly stage: Stage;
  readonly backend: Backend;
  readonly moment: number;
  readonly reports: ReadonlyMap<Tab, TabReport>;
  readonly leader: Tab;
  readonly survivors: readonly Tab[];
  readonly steady: readonly Tab[];
}

function judge({ stage, backend, moment, reports, leader, survivors, steady }: Facts): Round {
  const reportOf = (tab: Tab): TabReport => reports.get(tab)!;
  const since = (times: readonly number[]): number | undefined => {
    const first = Math.min(...times.filter((at) => at >= moment));
    return Number.isFinite(first) ? first - moment : undefined;
  };
  const heirs = [...reports]
    .filter(([tab]) => tab !== leader)
    .flatMap(([, { notes }]) => notes.filter(([, what]) => what === 'leader'));
  const cameTo = ({ rows, messages }: TabReport): number[] =>
    rows ? rows.filter((n) => n >= backend.sent[0]!) : messages.map(([n]) => n);
  return {
    resumed: steady.every((tab) => wasResumed(reportOf(tab), moment)),
    sent: backend.sent.length,
    down: steady.map((tab) => difference(backend.sent, cameTo(reportOf(tab)))),
    up: steady.map((tab) =>
      upward(reportOf(tab).outcomes, backend.received.get(stage.nameOf(tab)) ?? []),
    ),
    failover: since(heirs.map(([at]) => at)),
    reconnect: since(backend.connectedAt),
    pause: Math.max(...survivors.map((tab) => longestPause(reportOf(tab), moment))),
    restored: reports.get(leader)?.notes.some(([, what]) => what === 'restored') ?? false,
  };
}
