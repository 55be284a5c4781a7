import { afterEach, describe, expect, it, vi } from 'vitest';

import { lastIdIn } from '../../src/sse/last-id.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

function stubStorage(): Map<string, string> {
  const stored = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  });
  return stored;
}

describe('the last event ID over reloads', () => {
  it('is what was saved under the same name', () => {
    stubStorage();
    lastIdIn('session', 'feed')?.save('7');

    expect(lastIdIn('session', 'feed')?.load()).toBe('7');
    expect(lastIdIn('session', 'other feed')?.load()).toBe('');
  });

  it('is not written again while it stays the same', () => {
    const stored = stubStorage();
    const id = lastIdIn('session', 'feed');
    id?.save('7');
    stored.clear();

    id?.save('7');

    expect(stored.size).toBe(0);
  });

  it('is lost without harm where storage is forbidden, full or missing', () => {
    vi.stubGlobal('sessionStorage', {
      getItem: () => null,
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    });
    vi.stubGlobal('localStorage', undefined);

    for (const where of ['session', 'local'] as const) {
      const id = lastIdIn(where, 'feed');
      id?.save('7');
      expect(id?.load()).toBe('');
    }
  });

  it('is kept nowhere unless asked for', () => {
    expect(lastIdIn(undefined, 'feed')).toBeUndefined();
  });
});
