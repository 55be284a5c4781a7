/** Waits until `probe` returns something truthy and returns it; after `ms` fails, naming `what`. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  ms = 20_000,
): Promise<Exclude<T, false | '' | 0 | null | undefined>> {
  const deadline = Date.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      const result = await probe();
      if (result) return result as Exclude<T, false | '' | 0 | null | undefined>;
      last = result;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${ms} ms; last seen: ${describe(last)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until `probe` gives exactly `expected` (compared as JSON). */
export async function untilEqual<T>(
  what: string,
  probe: () => T | Promise<T>,
  expected: T,
  ms?: number,
): Promise<void> {
  let seen: T | undefined;
  try {
    await until(
      what,
      async () => {
        seen = await probe();
        return JSON.stringify(seen) === JSON.stringify(expected);
      },
      ms,
    );
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; saw ${describe(seen)}, wanted ${describe(expected)}`,
    );
  }
}

function describe(value: unknown): string {
  const text = value instanceof Error ? value.message : (JSON.stringify(value) ?? String(value));
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
