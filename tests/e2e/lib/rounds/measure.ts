import type { Backend, BackendOptions } from './backend.js';
import { ChatBackend } from './chat-backend.js';
import { modesOf, type Mode } from './modes.js';
import { faults, playRound, type Guarantee, type Round } from './round.js';
import { SocketBackend } from './socket-backend.js';
import { Stage, type Engine } from './stage.js';

export { sum } from './verdict.js';
export type { Engine, Mode, Round };

export const ENGINES: readonly Engine[] = ['chromium', 'chromium-tabs', 'firefox', 'webkit'];

/** What flows in rounds, and what may be expected of it. */
export interface Traffic {
  readonly name: string;
  readonly guarantee: Guarantee;
  /** From the server, and as much from all tabs together. */
  readonly perSecond: number;
  start(options?: BackendOptions): Promise<Backend>;
}

export const TRAFFICS: readonly Traffic[] = [
  {
    name: 'events',
    perSecond: 200,
    guarantee: { down: 'while the session goes on', up: 'at most once' },
    start: (options) => SocketBackend.start(options),
  },
  {
    name: 'exactly-once',
    perSecond: 200,
    guarantee: { down: 'while the session goes on', up: 'exactly once' },
    start: (options) => SocketBackend.start({ ...options, deduplicates: true }),
  },
  {
    name: 'chat',
    // Each of them is stored; what the embedded database takes on a busy machine.
    perSecond: 25,
    guarantee: { down: 'always', up: 'exactly once' },
    start: (options) => ChatBackend.start(options),
  },
];

/** One way to fail, in one browser, with one kind of traffic. */
export interface Trial {
  readonly engine: Engine;
  readonly mode: Mode;
  readonly traffic: Traffic;
}

/** All trials of an engine, in an order in which they can share a browser. */
export function trialsOf(engine: Engine): Trial[] {
  return TRAFFICS.flatMap((traffic) => modesOf(engine).map((mode) => ({ engine, mode, traffic })));
}

export function openStage(engine: Engine): Promise<Stage> {
  return Stage.open(engine);
}

/** Plays `count` rounds; gives what was seen, and of each round what may not be. */
export async function play(
  stage: Stage,
  { mode, traffic }: Trial,
  count: number,
): Promise<{ rounds: Round[]; faults: string[] }> {
  const backend = await traffic.start(mode.backend);
  const rounds: Round[] = [];
  try {
    while (rounds.length < count)
      rounds.push(await playRound(stage, backend, mode, traffic.perSecond));
  } finally {
    await backend.stop();
  }
  const seen = rounds.flatMap((round, index) =>
    faults(round, traffic.guarantee).map((fault) => `round ${index + 1}: ${fault}`),
  );
  return { rounds, faults: seen };
}
