import type { PageFact } from './wire.js';

/**
 * Reports what becomes of the page and the network, until the returned function is called.
 *
 * Does nothing where there is no page, as in Node; a worker still hears of the network.
 */
export function watchPage(report: (fact: PageFact) => void): () => void {
  const stops: (() => void)[] = [];
  const listen = (target: unknown, type: string, handler: (event: Event) => void) => {
    if (!isEventTarget(target)) return;
    target.addEventListener(type, handler);
    stops.push(() => target.removeEventListener(type, handler));
  };
  const page = typeof document === 'object' ? document : undefined;

  listen(globalThis, 'online', () => report('online'));
  listen(globalThis, 'offline', () => report('offline'));
  listen(globalThis, 'pagehide', (event) => {
    if ((event as PageTransitionEvent).persisted) report('frozen');
  });
  listen(globalThis, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) report('shown');
  });
  listen(page, 'freeze', () => report('frozen'));
  listen(page, 'resume', () => report('shown'));
  listen(page, 'visibilitychange', () => {
    if (page?.visibilityState === 'visible') report('shown');
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function isEventTarget(target: unknown): target is EventTarget {
  return typeof (target as EventTarget | undefined)?.addEventListener === 'function';
}
