import { parseArgs } from 'node:util';
import { Problem } from '../lib/errors.mjs';

/**
 * The steps that the arguments ask for: `--only a,b` takes these and what they need, `--skip a,b` leaves
 * these out. `browser` stands for `browser-chromium` and every other step that begins so.
 */
export function select(steps, args) {
  const { only, skip } = parse(args);
  const named = (names) => names.flatMap((name) => matching(steps, name));
  const wanted = only ? withNeeds(steps, named(only)) : new Set(steps);
  const left = new Set(skip ? named(skip) : []);
  return steps.filter((step) => wanted.has(step) && !left.has(step));
}

function parse(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { only: { type: 'string' }, skip: { type: 'string' } },
    });
    return { only: values.only?.split(','), skip: values.skip?.split(',') };
  } catch (error) {
    throw new Problem(`${error.message}; npm test -- [--only names] [--skip names]`);
  }
}

function matching(steps, name) {
  const found = steps.filter((step) => step.name === name || step.name.startsWith(`${name}-`));
  if (found.length > 0) return found;
  throw new Problem(
    `there is no step "${name}"; steps: ${steps.map((step) => step.name).join(', ')}`,
  );
}

function withNeeds(steps, chosen) {
  const wanted = new Set();
  const add = (step) => {
    wanted.add(step);
    steps.filter((other) => step.needs.includes(other.name)).forEach(add);
  };
  chosen.forEach(add);
  return wanted;
}
