import type { NativeSource } from './native-source.js';

/**
 * The browser's `EventSource`, where `fetch` cannot stream; `undefined` where it can, or where there
 * is none. Hardly any browser needs it: it is a module of its own, loaded when it is asked for.
 */
export function nativeFallback(): Promise<NativeSource> | undefined {
  if (canStream() || typeof globalThis.EventSource !== 'function') return undefined;
  const source = import('./native-source.js').then(({ NativeSource }) => new NativeSource());
  // The request that needs it tells of a failure.
  source.catch(() => {});
  return source;
}

/** Whether bodies of `fetch` can be read as they come. */
function canStream(): boolean {
  return (
    typeof ReadableStream === 'function' &&
    typeof Response === 'function' &&
    'body' in Response.prototype
  );
}
