const MB = 2 ** 20;

/** What a tab holds, after its garbage was collected. Memory in MB: JavaScript's, buffers', the core's. */
export async function sample(tab) {
  await tab.cdp.send('HeapProfiler.collectGarbage');
  const metrics = await tab.metrics();
  const { usedSize, backingStorageSize = 0 } = await tab.cdp.send('Runtime.getHeapUsage');
  return {
    heap: usedSize / MB,
    backing: backingStorageSize / MB,
    core: (await tab.get('coreBytes')) / MB,
    listeners: metrics.JSEventListeners,
    nodes: metrics.Nodes,
  };
}

/**
 * What grew, if anything: the median of the last third of the samples against that of the first,
 * the very first left out, in which a page warms up.
 */
export function grown(samples) {
  const [, ...warm] = samples;
  const third = Math.max(1, Math.floor(warm.length / 3));
  const [early, late] = [warm.slice(0, third), warm.slice(-third)];
  return Object.entries(ALLOWED).flatMap(([name, allowed]) => {
    const [before, after] = [early, late].map((part) => median(part.map((each) => each[name])));
    return after - before > allowed ? [`${name}: ${before.toFixed(2)} → ${after.toFixed(2)}`] : [];
  });
}

/** In the units of a sample. */
const ALLOWED = { heap: 0.5, backing: 0.5, core: 0.5, listeners: 4, nodes: 4 };

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
