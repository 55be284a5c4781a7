const DEADLINE_MS = 30_000;
const POLL_MS = 20;

/** Waits until `probe` gives something truthy, and returns it. */
export async function until(what, probe) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`unable to go on; not ${what} in time`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
