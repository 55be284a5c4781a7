import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BlackHoleProxy } from '../lib/black-hole-proxy.js';
import { ENGINES } from '../lib/engines.js';
import { EventServer, STREAM, refuse } from '../lib/event-server.js';
import { freePort } from '../lib/free-port.js';
import { LabPage } from '../lib/lab-page.js';
import { Reader } from '../lib/reader.js';
import { until, untilEqual } from '../lib/until.js';

describe.each(ENGINES)('%s', (engine) => {
  const page = LabPage.use(engine);
  let port: number;
  let server: EventServer;

  beforeEach(async () => {
    port = await freePort();
    server = new EventServer();
    await server.start(port);
  });
  afterEach(async () => {
    await page.tab.run('window.feed?.close()');
    await server.stop();
  });

  /** A stream that is open and has heard its first three events. */
  async function openStream(options = {}, setup = ''): Promise<Reader> {
    const reader = await Reader.open(page.tab, server.url, options, setup);
    await reader.untilOpen();
    server.publish(3);
    await reader.untilComplete(3);
    return reader;
  }

  test('the server restarts in the middle of the stream', async () => {
    const reader = await openStream();

    await server.stop();
    server.publish(5);
    await until('noticed', async () => (await reader.failures()).length > 2);
    await server.start(port);
    server.publish(2);

    await reader.untilComplete(10);
    expect((await reader.heard())[0]).toBe(1);
    expect(server.arrivals.at(-1)?.lastEventId).toBe('3');
  });

  test('the server answers 503 for a while, and attempts keep to the backoff', async () => {
    const reader = await openStream({ retry: { base: 100, max: 400 } });

    server.manner = refuse(503, {}, 'busy');
    for (const stream of server.streams) stream.destroy();
    const before = server.arrivals.length;
    const began = performance.now();
    await until('refused', () => server.arrivals.length > before + 5);
    const tookMs = performance.now() - began;
    server.publish(5);
    server.manner = STREAM;

    await reader.untilComplete(8);
    const failures = await reader.failures();
    expect(failures).toContainEqual(['status', 503, 'busy', true]);
    // Full jitter: six waits of at most 100, 200, 400, 400 … ms, half of that on average.
    expect(tookMs).toBeGreaterThan(50);
    expect(server.arrivals.length - before).toBeLessThan(30);
  });

  test('503 for a minute: attempts get rarer as they should, and nothing is lost', async () => {
    // Time in the page goes so many times as fast.
    const speed = 20;
    const reader = await openStream({ retry: { base: 1000, max: 30_000 } }, timeLapse(speed));
    const minute = 60_000 / speed;

    server.manner = refuse(503);
    const began = performance.now();
    const before = server.arrivals.length;
    for (const stream of server.streams) stream.destroy();
    await until('a minute', () => performance.now() - began > minute);
    const refused = server.arrivals.slice(before);
    server.publish(5);
    server.manner = STREAM;
    await reader.untilComplete(8);

    // Full jitter between nothing and 1, 2, 4, 8, 16 and then 30 seconds.
    const waits = refused.map(({ at }, index) => at - (refused[index - 1]?.at ?? began));
    const tooLong = waits.filter((wait, failures) => {
      return wait * speed > Math.min(1000 * 2 ** failures, 30_000) + LATENCY_MS * speed;
    });
    expect(tooLong).toEqual([]);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused.length).toBeLessThanOrEqual(16);
    expect((await reader.heard())[0]).toBe(1);
    // With its own clock.
    await page.tab.reload();
  });

  test('a server that sends bare headers and is quiet is waited for', async () => {
    server.manner = (_, response, { streams }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.add(response);
      response.on('close', () => streams.delete(response));
    };
    const reader = await Reader.open(page.tab, server.url, { openTimeout: 400 });

    // Firefox tells of a response when the first byte of its body is there.
    await until('a patient attempt', () => {
      const { at = Infinity } = server.arrivals.at(-1) ?? {};
      return server.streams.size === 1 && performance.now() - at > 1000;
    });
    server.publish(1);

    await reader.untilComplete(1);
    const failures = (await reader.failures()).map(([kind]) => kind);
    expect(failures).toEqual(engine === 'firefox' ? ['open-timeout', 'open-timeout'] : []);
  });

  test('a half-open connection is found out by its silence', async () => {
    const reader = await openStream({ idleTimeout: 400 });
    // It stays open and says nothing any more.
    server.streams.clear();
    server.publish(4);

    await reader.untilComplete(7);

    expect((await reader.failures())[0]).toEqual(['idle-timeout', null, null, true]);
  });

  test('a network that swallows the stream and all attempts loses nothing', async () => {
    const proxy = await BlackHoleProxy.start(port);
    try {
      const options = { idleTimeout: 400, openTimeout: 400 };
      const reader = await Reader.open(page.tab, `${proxy.url}/feed`, options);
      await reader.untilOpen();
      server.publish(3);
      await reader.untilComplete(3);

      proxy.onConnection = () => proxy.swallow();
      proxy.swallow();
      // The server does not know, and says it into the void.
      server.publish(4);
      await until('attempts', async () => (await reader.failures()).length > 2);
      proxy.onConnection = () => undefined;
      server.publish(2);

      await reader.untilComplete(9);
      const kinds = (await reader.failures()).map(([kind]) => kind);
      expect(kinds.slice(0, 3)).toEqual(['idle-timeout', 'open-timeout', 'open-timeout']);
      expect((await reader.heard())[0]).toBe(1);
      expect(server.arrivals.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3']);
    } finally {
      proxy.stop();
    }
  });

  test('a server that never answers is given up in time', async () => {
    server.manner = () => undefined;
    const reader = await Reader.open(page.tab, server.url, { openTimeout: 300 });
    await until('given up', async () => (await reader.failures()).length > 0);

    server.manner = STREAM;
    await reader.untilOpen();

    expect((await reader.failures())[0]?.[0]).toBe('open-timeout');
  });

  test('a token that expires is asked for again', async () => {
    let valid = 'token 1';
    server.manner = (request, response, it) => {
      if (request.headers.authorization === valid) it.open(request, response);
      else response.writeHead(401).end();
    };
    const reader = await openStream(
      {},
      `window.asked = 0; options.headers = async () => ({ authorization: 'token ' + ++asked });`,
    );

    valid = 'token 3';
    for (const stream of server.streams) stream.destroy();
    server.publish(3);

    await reader.untilComplete(6);
    expect(server.arrivals.map((arrival) => arrival.authorization)).toEqual([
      'token 1',
      'token 2',
      'token 3',
    ]);
  });

  test('Retry-After is waited for', async () => {
    const reader = await openStream({ retry: { base: 10, max: 20 } });

    server.manner = refuse(503, {
      'retry-after': '1',
      'access-control-expose-headers': 'retry-after',
    });
    for (const stream of server.streams) stream.destroy();
    await until('refused', () => server.arrivals.length === 2);
    server.manner = STREAM;
    server.publish(1);

    await reader.untilComplete(4);
    expect(server.arrivals[2]!.at - server.arrivals[1]!.at).toBeGreaterThan(990);
  });

  test('204 ends the stream for good', async () => {
    const reader = await openStream();

    server.manner = refuse(204);
    for (const stream of server.streams) stream.destroy();

    await untilEqual('status', () => reader.status(), 'closed');
    expect(await reader.tab.run('return (await feed.closed).reason')).toBe('no-content');
    expect(server.arrivals).toHaveLength(2);
  });

  test('what is no event stream is not read as one, and the app sees what it was', async () => {
    server.manner = refuse(200, { 'content-type': 'text/html' }, '<h1>Log in</h1>');
    const reader = await Reader.open(page.tab, server.url);

    await untilEqual('status', () => reader.status(), 'closed');

    expect(await reader.failures()).toEqual([['content-type', null, '<h1>Log in</h1>', false]]);
    expect(server.arrivals).toHaveLength(1);
  });

  test('a redirect is followed', async () => {
    server.manner = (request, response, it) => {
      if (request.url === '/feed') response.writeHead(307, { location: '/moved' }).end();
      else it.open(request, response);
    };

    const reader = await openStream();

    expect((await reader.failures()).length).toBe(0);
    expect(server.arrivals.map((arrival) => arrival.url)).toEqual(['/feed', '/moved']);
  });

  test('a stream that the server ends goes on with a new one', async () => {
    const reader = await openStream();

    for (const stream of server.streams) stream.end();
    server.publish(2);

    await reader.untilComplete(5);
    expect((await reader.failures())[0]?.[0]).toBe('ended');
  });

  test('an id that no header can have does not poison the stream', async () => {
    const reader = await openStream();
    for (const stream of server.streams) stream.write('id: a\u0001b\ndata: 4\n\n');
    server.count = 4;
    await reader.untilComplete(4);

    for (const stream of server.streams) stream.destroy();
    await until('back', () => server.arrivals.length === 2);
    await reader.untilOpen();

    expect(server.arrivals[1]?.lastEventId).toBeUndefined();
    expect(await reader.tab.run('return problems')).toEqual(['unsendable-id']);
  });

  test.each([
    ['device that is online again', `dispatchEvent(new Event('online'))`],
    ['page that is seen', `document.dispatchEvent(new Event('visibilitychange'))`],
  ])('a %s does not wait', async (_, happen) => {
    const reader = await openStream();
    for (const stream of server.streams) stream.end('retry: 60000\n');
    await untilEqual('status', () => reader.status(), 'waiting');
    const waits = await page.tab.run('return feed.state.retryAt - Date.now()');

    await page.tab.run(happen);

    await reader.untilOpen();
    expect(waits).toBeGreaterThan(50_000);
    expect(server.arrivals.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3']);
  });

  test('a stream that nobody sees is let go of until somebody does', async () => {
    const reader = await openStream({ hidden: { pauseAfter: 100 } });
    const become = (state: string) =>
      page.tab.run(
        `Object.defineProperty(document, 'visibilityState', { configurable: true, value: args[0] });
         document.dispatchEvent(new Event('visibilitychange'));`,
        state,
      );

    await become('hidden');
    await untilEqual('status', () => reader.status(), 'paused');
    await untilEqual('streams', () => server.streams.size, 0);
    server.publish(2);
    await become('visible');

    await reader.untilComplete(5);
    expect(await reader.failures()).toEqual([]);
    expect(server.arrivals.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3']);
    await page.tab.run('delete document.visibilityState');
  });

  test('a tab that is opened later goes on where the one before it was', async () => {
    const options = { persistLastEventId: 'local' };
    await openStream(options);
    await page.tab.run('feed.close()');
    server.publish(2);

    const later = await page.profile.open(page.lab.url);
    try {
      const reader = await Reader.open(later, server.url, options);
      await reader.untilComplete(5);
      expect(await reader.heard()).toEqual([4, 5]);
    } finally {
      await later.close();
    }
  });

  test('a page that is reloaded goes on behind its last event', async () => {
    const options = { persistLastEventId: 'session' };
    await openStream(options);

    await page.tab.reload();
    server.publish(4);
    const reader = await Reader.open(page.tab, server.url, options);

    await reader.untilComplete(7);
    expect(await reader.heard()).toEqual([4, 5, 6, 7]);
  });

  test('the drop-in EventSource is what the standard says', async () => {
    await page.tab.run(
      `window.feed = new tabcast.EventSource(args[0]);
       window.log = [['state', feed.readyState]];
       feed.onopen = () => log.push(['open', feed.readyState]);
       feed.onmessage = (e) => log.push([e.type, e.data, e.lastEventId, e.origin]);
       feed.addEventListener('named', (e) => log.push([e.type, e.data, e.lastEventId]));
       feed.onerror = () => log.push(['error', feed.readyState]);`,
      server.url,
    );
    await until('open', () => server.streams.size === 1);
    server.publish(1);
    for (const stream of server.streams) stream.write('event: named\ndata: a\ndata: b\n\n');
    await untilEqual('events', () => page.tab.run('return log.length'), 4);

    server.manner = refuse(404);
    for (const stream of server.streams) stream.destroy();
    await untilEqual('closed', () => page.tab.run('return feed.readyState'), 2);

    expect(await page.tab.run('return log')).toEqual([
      ['state', 0],
      ['open', 1],
      ['message', '1', '1', new URL(server.url).origin],
      ['named', 'a\nb', '1'],
      ['error', 0],
      ['error', 2],
    ]);
  });
});

/** How long a request and its answer may be on their way, on a busy machine. */
const LATENCY_MS = 150;

/** Makes time in the page go `speed` times as fast, for what is opened after it. */
const timeLapse = (speed: number): string => `
  const [now, wait] = [performance.now.bind(performance), setTimeout.bind(window)];
  performance.now = () => now() * ${speed};
  window.setTimeout = (call, ms = 0) => wait(call, ms / ${speed});`;
