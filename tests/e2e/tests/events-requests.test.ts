import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../lib/engines.js';
import { EventServer, STREAM, refuse, type Manner } from '../lib/event-server.js';
import { freePort } from '../lib/free-port.js';
import { LabPage } from '../lib/lab-page.js';
import { Reader } from '../lib/reader.js';
import { until, untilEqual } from '../lib/until.js';

describe.each(ENGINES)('%s', (engine) => {
  const page = LabPage.use(engine);
  /** In the origin of the page. */
  let own: EventServer;
  /** In an origin of its own. */
  let other: EventServer;
  let port: number;

  beforeEach(async () => {
    own = new EventServer();
    own.cors = {};
    page.lab.routes.set('/feed', own.handle);
    other = new EventServer();
    port = await freePort();
    await other.start(port);
    await until('tabcast', () => page.tab.run(`return 'tabcast' in window`));
  });
  afterEach(async () => {
    await page.tab.run('window.feed?.close()');
    await other.stop();
  });

  test.each([
    ['PUT', `{ method: 'put', body: '{"q":"…"}' }`, '{"q":"…"}'],
    ['POST', `{ body: new URLSearchParams({ q: '1 2' }) }`, 'q=1+2'],
    ['DELETE', `{ method: 'delete' }`, ''],
    ['POST', `{ body: new Blob(['bytes']) }`, 'bytes'],
  ])('%s with %s goes out as it was given', async (method, options, body) => {
    const seen: unknown[] = [];
    own.manner = (request, response, it) => {
      const { 'x-a': given, accept } = request.headers;
      void text(request).then((sent) => {
        seen.push([request.method, given, accept, sent]);
        it.open(request, response);
      });
    };

    const reader = await Reader.open(
      page.tab,
      `${page.lab.url}/feed`,
      { headers: { 'X-A': 'b' } },
      `Object.assign(options, ${options});`,
    );
    await reader.untilOpen();
    own.publish(2);

    await reader.untilComplete(2);
    expect(seen).toEqual([[method, 'b', 'text/event-stream', body]]);
  });

  test('cookies go where the app says', async () => {
    const cookies = new Map<string, string | null>();
    const note: Manner = (request, response, it) => {
      const name = new URL(request.url ?? '', page.lab.url).searchParams.get('as') ?? '';
      cookies.set(name, request.headers.cookie ?? null);
      it.open(request, response);
    };
    own.manner = other.manner = note;
    other.cors = {
      'access-control-allow-origin': page.lab.url,
      'access-control-allow-credentials': 'true',
    };

    const statuses = await page.tab.run(
      `document.cookie = 'user=ada';
       const [own, other] = args;
       const opened = async (url, options) => {
         const feed = tabcast.openEvents(url, options);
         await new Promise((resolve) => feed.onState(({ status }) => status === 'open' && resolve()));
         feed.close();
         return (await feed.closed).reason;
       };
       return Promise.all([
         opened(own + '?as=own', {}),
         opened(own + '?as=own omit', { credentials: 'omit' }),
         opened(other + '?as=other', {}),
         opened(other + '?as=other include', { credentials: 'include' }),
       ]);`,
      `${page.lab.url}/feed`,
      other.url,
    );

    expect(statuses).toEqual(Array(4).fill('client'));
    expect(Object.fromEntries(cookies)).toEqual({
      own: 'user=ada',
      'own omit': null,
      other: null,
      'other include': 'user=ada',
    });
  });

  test('where fetch cannot stream the EventSource of the browser does, and comes back', async () => {
    // It cannot set headers, so the id comes in the query.
    const fromQuery: Manner = (request, response, it) => {
      const id = new URL(request.url ?? '', other.url).searchParams.get('lastEventId');
      if (id !== null) request.headers['last-event-id'] = id;
      STREAM(request, response, it);
    };
    other.manner = fromQuery;
    const reader = await Reader.open(
      page.tab,
      other.url,
      {},
      `window.natives = 0;
       const Native = window.EventSource;
       window.EventSource = class extends Native {
         constructor(...init) { super(...init); window.natives += 1; }
       };
       window.ReadableStream = undefined;
       window.named = [];
       queueMicrotask(() => feed.on('named', ({ data }) => named.push(data)));`,
    );
    await reader.untilOpen();
    other.publish(3);
    await reader.untilComplete(3);

    await other.stop();
    other.publish(2);
    await until('noticed', async () => (await reader.failures()).length > 2);
    await other.start(port);
    await reader.untilComplete(5);
    other.manner = refuse(503);
    for (const stream of other.streams) stream.destroy();
    const failures = (await reader.failures()).length;
    await until('refused', async () => (await reader.failures()).length > failures + 2);
    other.manner = fromQuery;
    await reader.untilOpen();
    other.publish(1);
    await reader.untilComplete(6);
    expect((await reader.heard())[0]).toBe(1);
    for (const stream of other.streams) stream.write('event: named\ndata: a\ndata: b\n\n');

    await untilEqual('named', () => page.tab.run('return named'), ['a\nb']);
    expect(await page.tab.run('return natives > 5')).toBe(true);
    expect(other.streams.size).toBe(1);
    expect(other.arrivals.every(({ lastEventId }) => lastEventId === undefined)).toBe(true);
    await page.tab.reload();
  });
});
