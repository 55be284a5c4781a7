import { useSyncExternalStore } from 'react';

/**
 * One JSON value in `localStorage` that React can watch, kept equal in all tabs of the profile.
 *
 * Where storage is blocked or full, the value lives as long as the page.
 */
export class LocalValue<T> {
  readonly #key: string;
  readonly #parse: (stored: unknown) => T;
  readonly #listeners = new Set<() => void>();
  #text: string | null;
  #value: T;

  /** `parse` gets whatever was stored (`null` if nothing) and must not throw. */
  constructor(key: string, parse: (stored: unknown) => T) {
    this.#key = key;
    this.#parse = parse;
    this.#text = readText(key);
    this.#value = parse(fromJson(this.#text));
    addEventListener('storage', (event) => {
      if (event.key === key || event.key === null) this.#take(readText(key));
    });
  }

  readonly read = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  write(value: T): void {
    const text = value === null ? null : JSON.stringify(value);
    writeText(this.#key, text);
    this.#take(text);
  }

  #take(text: string | null): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#value = this.#parse(fromJson(text));
    for (const listener of this.#listeners) listener();
  }
}

export function useLocalValue<T>(value: LocalValue<T>): T {
  return useSyncExternalStore(value.subscribe, value.read);
}

function readText(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeText(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // The page keeps its own copy.
  }
}

function fromJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
