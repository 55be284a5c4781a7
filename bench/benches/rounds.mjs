import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { percentile } from '../lib/statistics.mjs';

export const title = 'Rounds: the leader of five tabs fails while messages flow down and up';
// With a connection for each tab there is nothing to hand over.
export const peer = 'no peer';
/** It starts browsers of its own. */
export const browsers = 'own';

const MEASURE = fileURLToPath(new URL('../../tests/e2e/lib/rounds/measure.ts', import.meta.url));
const COUNT = Number(process.env.ROUNDS ?? 12);

export async function run({ figures, note, progress }) {
  const { module: rounds } = await runnerImport(MEASURE, { configFile: false, logLevel: 'error' });
  for (const engine of rounds.ENGINES.filter(isChosen('ENGINE'))) {
    let stage = await rounds.openStage(engine);
    for (const trial of rounds.trialsOf(engine)) {
      if (!isChosen('MODE')(trial.mode.name) || !isChosen('TRAFFIC')(trial.traffic.name)) continue;
      const name = `${engine}, ${trial.traffic.name}, ${trial.mode.name}`;
      try {
        const played = await rounds.play(stage, trial, COUNT);
        report(name, trial.mode, played, { rounds, figures, note });
        progress(name);
      } catch (error) {
        note(`${name}: FAILED: ${error.message}`);
        progress(`${name}: failed`);
        await stage.close();
        stage = await rounds.openStage(engine);
      }
    }
    await stage.close();
  }
}

/** Whether the environment asks for something, or says nothing of it: `ROUNDS_MODE=close,kill`. */
function isChosen(what) {
  const asked = process.env[`ROUNDS_${what}`]?.split(',');
  return (name) => asked?.includes(name) ?? true;
}

function report(name, mode, { rounds: played, faults }, { rounds, figures, note }) {
  const samples = {
    'lock failover': played.map(({ failover }) => failover),
    reconnected: played.map(({ reconnect }) => reconnect),
    'longest pause of deliveries in a surviving tab': played.map(({ pause }) => pause),
  };
  for (const [what, values] of Object.entries(samples)) {
    const known = values.filter((value) => value !== undefined);
    figures.declare(`${name}: ${what}`, 'ms');
    if (known.length > 0) figures.add(`${name}: ${what}`, 'tabcast', known);
  }
  const pauses = played.map(({ pause }) => pause);
  const isReached =
    percentile(pauses, 0.5) <= mode.pauseMs.median && percentile(pauses, 1) <= mode.pauseMs.max;
  const down = rounds.sum(played.flatMap((round) => round.down));
  const up = rounds.sum(played.flatMap((round) => round.up));
  const unknown = played.flatMap((round) => round.up.flatMap((tab) => tab.unknown)).length;
  const sent = played.reduce((total, round) => total + round.sent, 0);
  note(
    `${name}: ${isReached ? 'within' : 'BEYOND'} the limits of ${mode.pauseMs.median} and ` +
      `${mode.pauseMs.max} ms; session resumed in ${count(played, ({ resumed }) => resumed)} of ` +
      `${played.length} rounds; of ${sent} messages to each tab ${text(down)}; upward ${text(up)}, ` +
      `${unknown} told to be of unknown fate; page restored from the cache ` +
      `${count(played, ({ restored }) => restored)} times; ` +
      (faults.length > 0 ? `FAULTS: ${faults.join('; ')}` : 'no faults'),
  );
}

const count = (rounds, test) => rounds.filter(test).length;

const text = ({ lost, doubled, reordered }) =>
  `${lost} lost, ${doubled} doubled, ${reordered} reordered`;
