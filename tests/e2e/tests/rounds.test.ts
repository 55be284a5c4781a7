import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, openStage, play, trialsOf } from '../lib/rounds/measure.js';
import type { Stage } from '../lib/rounds/stage.js';

// More rounds, and figures: npm run bench -- rounds
const ROUNDS = 2;
/** On a machine that does other things too. */
const SLACK_MS = 1000;

describe.each(ENGINES)('%s: five tabs, messages flow down and up', (engine) => {
  let stage: Stage;
  beforeAll(async () => void (stage = await openStage(engine)));
  afterAll(() => stage?.close());

  test.each(trialsOf(engine).map((trial) => [trial.mode.name, trial.traffic.name, trial] as const))(
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
