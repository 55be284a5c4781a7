import { isDeepStrictEqual } from 'node:util';

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

/**
 * Waits until `probe` gives exactly `expected`, compared as JSON.
 *
 * The order of keys does not count: drivers sort them.
 */
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
        return isDeepStrictEqual(asJson(seen), asJson(expected));
      },
      ms,
    );
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; saw ${describe(seen)}, wanted ${describe(expected)}`,
    );
  }
}

function asJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

function describe(value: unknown): string {
  const text = value instanceof Error ? value.message : (JSON.stringify(value) ?? String(value));
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
