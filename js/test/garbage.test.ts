import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Manager } from '../src/socket/manager.js';
import { script } from './support/core.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Whether the Manager that `use` got, and dropped, can be collected. */
async function isCollected(use: (manager: Manager) => void): Promise<boolean> {
  script.reset();
  const dropped = await (async () => {
    const manager = new Manager('http://h.test');
    await expect.poll(() => script.connections.length, { interval: 1 }).toBe(1);
    use(manager);
    return new WeakRef(manager);
  })();
  // The reference of a WeakRef that was made in a task lives until the task ends.
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return dropped.deref() === undefined;
}

// The scripted connection stands for the core: it lives on, and holds the object that hears from it.

test('a_manager_that_the_app_dropped_goes_when_nothing_uses_it_any_more', async () => {
  const collected = await isCollected((manager) => manager.socket('/').disconnect());

  expect(script.connections).toHaveLength(1);
  expect(collected).toBe(true);
});

test('a_manager_with_a_connection_stays_although_the_app_dropped_it', async () => {
  const collected = await isCollected((manager) => manager.socket('/'));

  expect(collected).toBe(false);
});
