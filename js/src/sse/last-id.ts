import type { EventsOptions } from './types.js';

/** The last event ID in the storage of the page, over its reloads. */
export interface LastId {
  load(): string;
  save(id: string): void;
}

/** Keeps it under `name`, in `where`; nowhere if the page has no such storage, or none to spare. */
export function lastIdIn(
  where: EventsOptions['persistLastEventId'],
  name: string,
): LastId | undefined {
  if (where === undefined) return undefined;
  const key = `tabcast:last-event-id:${name}`;
  let saved: string | undefined;
  return {
    load: () => attempt(() => storage(where)?.getItem(key)) ?? '',
    save(id) {
      if (id === saved) return;
      saved = id;
      attempt(() => storage(where)?.setItem(key, id));
    },
  };
}

function storage(where: 'session' | 'local'): Storage | undefined {
  return where === 'session' ? globalThis.sessionStorage : globalThis.localStorage;
}

/** A storage that is forbidden or full throws, on access too. */
function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
