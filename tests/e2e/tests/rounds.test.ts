import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, openStage, play, trialsOf, type Trial } from '../lib/rounds/measure.js';
import type { Stage } from '../lib/rounds/stage.js';

// More rounds of more, and figures: npm run bench -- rounds
const ROUNDS = 1;
/** On a machine that does other things too. */
const SLACK_MS = 1000;

/** What the engines would only repeat is left to the bench. */
function isPlayed({ engine, mode, traffic }: Trial): boolean {
  if (engine === 'chromium-tabs') return mode.name === 'freeze' || mode.name === 'navigate';
  return engine === 'chromium' || traffic.name !== 'exactly-once';
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
