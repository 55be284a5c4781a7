import { alternate, withSides } from '../lib/sides.mjs';

export const title = 'One tab, not shared: tabcast in place of socket.io-client';
export const peer = 'socket.io-client';

const ROUNDS = 5;
const BURST = 10_000;
// By then the browser has compiled what is hot, JavaScript or wasm, as in a page that lives on.
const WARM_UP_BURSTS = 6;
const PACED = { count: 2000, rate: 1000 };
const BIG = 1 << 20;

const FIRST_SCRIPT = 'script per event, the first 10,000 of a page';
const BURST_SCRIPT = 'script per event, burst of 10,000';
const BURST_TASK = 'all tasks per event, burst of 10,000';
const BURST_RATE = 'events/s of the burst';
const PACED_SCRIPT = 'script per event, 1,000/s';
const PACED_TASK = 'all tasks per event, 1,000/s';
const ASK = 'emit + ack, one after the other';
const JSON_DOWN = '1 MB JSON event from the server';
const BINARY_DOWN = '1 MB binary event from the server';
const JSON_UP = '1 MB JSON, emit + ack';
const BINARY_UP = '1 MB binary, emit + ack';
const HEAP = 'JavaScript heap, growth over 100,000 events';

export async function run({ browser, figures }) {
  for (const name of [FIRST_SCRIPT, BURST_SCRIPT, BURST_TASK]) figures.declare(name, 'µs');
  figures.declare(BURST_RATE, '1/s', { better: 'higher' });
  for (const name of [PACED_SCRIPT, PACED_TASK]) figures.declare(name, 'µs');
  for (const name of [ASK, JSON_DOWN, BINARY_DOWN, JSON_UP, BINARY_UP]) figures.declare(name, 'ms');
  figures.declare(HEAP, 'kB');
  await withSides(browser, { floor: true }, async (sides) => {
    for (const side of sides) await side.connectTabs(1, { shared: false });
    for (const side of sides) await warmUp(side, figures);
    await alternate(sides, ROUNDS, async (side, round) => {
      // The first round warms up.
      const record =
        round === 0 ? () => {} : (name, samples) => figures.add(name, side.name, samples);
      await measureBurst(side, record);
      await measurePaced(side, record);
      if (side.name === 'floor') return;
      await measureCalls(side.tabs[0], record);
    });
    const libraries = sides.filter(({ name }) => name !== 'floor');
    for (const side of libraries) await measureHeap(side, figures);
  });
}

async function warmUp(side, figures) {
  for (let burst = 0; burst < WARM_UP_BURSTS; burst++) {
    await measureBurst(side, (name, sample) => {
      if (burst === 0 && name === BURST_SCRIPT) figures.add(FIRST_SCRIPT, side.name, sample);
    });
  }
}

async function measureBurst(side, record) {
  const [tab] = side.tabs;
  await tab.call('take');
  const before = await tab.mainThread();
  await side.server.send({ count: BURST });
  await tab.untilReceived(BURST);
  const after = await tab.mainThread();
  const { at } = await tab.call('take');
  record(BURST_SCRIPT, ((after.script - before.script) * 1000) / BURST);
  record(BURST_TASK, ((after.task - before.task) * 1000) / BURST);
  record(BURST_RATE, (BURST * 1000) / (at.at(-1) - at[0]));
}

async function measurePaced(side, record) {
  const [tab] = side.tabs;
  await tab.call('take');
  const before = await tab.mainThread();
  await side.server.send(PACED);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const after = await tab.mainThread();
  await tab.untilReceived(PACED.count);
  record(PACED_SCRIPT, ((after.script - before.script) * 1000) / PACED.count);
  record(PACED_TASK, ((after.task - before.task) * 1000) / PACED.count);
}

async function measureCalls(tab, record) {
  record(ASK, await tab.callWith('askInTurn', 300));
  for (let i = 0; i < 4; i++) {
    record(JSON_DOWN, await tab.call('want', 'json'));
    record(BINARY_DOWN, await tab.call('want', 'binary'));
  }
  record(JSON_UP, await tab.callWith('askInTurn', 4, BIG, false));
  record(BINARY_UP, await tab.callWith('askInTurn', 4, BIG, true));
}

async function measureHeap(side, figures) {
  const [tab] = side.tabs;
  const before = await tab.heap();
  for (let events = 0; events < 100_000; events += BURST) {
    await side.server.send({ count: BURST });
    await tab.untilReceived(BURST);
    await tab.call('take');
  }
  figures.add(HEAP, side.name, ((await tab.heap()) - before) / 1000);
}
