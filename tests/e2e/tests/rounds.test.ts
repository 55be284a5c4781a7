import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, openStage, play, trialsOf, type Trial } from '../lib/rounds/measure.js';
import type { Stage } from '../lib/rounds/stage.js';

// More rounds of more, and figures: npm run bench -- rounds
const ROUNDS = 1;
/** On a machine that does other things too. */
const SLACK_MS = 1000;

/** What would only be repeated is left to the bench. A hang under plain events is in hang.test.ts. */
function isPlayed({ engine, mode: { name }, traffic }: Trial): boolean {
  if (engine === 'chromium-tabs') {
    return ['freeze', 'navigate'].includes(name) && traffic.name !== 'exactly-once';
  }
  if (traffic.name === 'events') return name !== 'hang';
  if (traffic.name === 'chat') return engine === 'chromium' || ['close', 'hang'].includes(name);
  return engine === 'chromium' && ['close', 'kill', 'hang', 'sleep'].includes(name);
}

describe.each(ENGINES)('%s: five tabs, messages flow down and up', (engine) => {
  let stage: Stage;
  beforeAll(async () => void (stage = await openStage(engine)));
  afterAll(() => stage?.close());

  const trials = trialsOf(engine).filter(isPlayed);
  test.each(trials.map((trial) => [trial.mode.name, trial.traffic.name, trial] as const))(
    'the leader fails by %s, and every surviving tab has every message of the %s once, in order',
    async (_, __, trial) => {
      const { rounds, faults } = await play(stage, trial, ROUNDS);

      expect(faults).toEqual([]);
      // A message of the chat comes when it is stored.
      if (trial.traffic.name === 'chat') return;
      const longest = Math.max(...rounds.map(({ pause }) => pause));
      expect(longest).toBeLessThan(trial.mode.pauseMs.max + SLACK_MS);
    },
  );
});
