import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../lib/engines.js';
import { EventServer } from '../lib/event-server.js';
import { freePort } from '../lib/free-port.js';
import { Lab } from '../lib/lab.js';
import { LabPage } from '../lib/lab-page.js';
import { Reader } from '../lib/reader.js';
import { scripted, type Reply } from '../lib/scripted-stream.js';
import { until, untilEqual } from '../lib/until.js';
import { launchWebDriver } from '../lib/webdriver.js';

/** What a server does, and what a client must make of it. */
interface Case {
  readonly name: string;
  readonly server: readonly (Omit<Reply, 'then'> & { readonly then: Reply['then'] | 'refuse' })[];
  /** What the client does, in words. */
  readonly client?: string;
  readonly crossOrigin?: boolean;
  readonly withCredentials?: boolean;
  readonly expect: {
    readonly log?: readonly string[];
    readonly final?: 'OPEN' | 'CLOSED';
    readonly requests?: readonly (string | null)[];
    readonly reconnectMs?: number;
    readonly tolerance?: number;
  };
}

const VECTORS = new URL('../../vectors/sse-vectors.json', import.meta.url);
const { connection } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { connection: Case[] };

/** `fetch` does not tell a server that forbids from one that is down, which is asked again. */
const ASKED_AGAIN = [
  'cors/no-allow-origin',
  'cors/wrong-allow-origin',
  'cors/star-with-credentials',
];
/** Those with a test of their own below: what they expect is said in words. */
const IN_WORDS = [
  'cors/preflight-native',
  'cors/preflight-fetch',
  'lifecycle/bfcache',
  'lifecycle/reserved-event-names',
  'lifecycle/window-stop',
  'retry/over-2^32',
  'retry/zero',
];
/** `lastEventId` of the messages, which some cases speak of in words only. */
const LAST_EVENT_IDS: Readonly<Record<string, readonly string[]>> = {
  'id/control-char': ['a\u0001b'],
  'id/ellipsis': ['…', '…'],
  'id/kept-without-new-id': ['…', '…', '…'],
  'id/nul': ['', ''],
  'id/outer-space-trimmed-on-wire': [' a b '],
};
const CASES = connection.filter(({ name }) => !IN_WORDS.includes(name));

const ORIGIN = /<origin>/;
const OTHER = 'http://OTHER/eventsource/resources/cors.py?run=message';

describe.each(ENGINES)('%s', (engine) => {
  const page = LabPage.use(engine);
  /** In an origin of its own. */
  let other: EventServer;
  /** In that of the page. */
  let own: EventServer;
  /** A new one for each test: Firefox repeats requests that were cut off, also when nobody wants them. */
  let feed: string;
  let tests = 0;

  beforeEach(async () => {
    own = new EventServer();
    other = new EventServer();
    own.cors = other.cors = {};
    tests += 1;
    feed = `${page.lab.url}/feed${tests}`;
    for (const path of [`/feed${tests}`, '/target']) page.lab.routes.set(path, own.handle);
    await other.start(await freePort());
  });
  afterEach(async () => {
    await page.tab.run('window.feed?.close()');
    await other.stop();
  });

  /** A drop-in `EventSource` that writes down what it hears, in the words of the cases. */
  function open(url: string, options: object = {}, client = ''): Promise<unknown> {
    return page.tab.run(
      `const [url, options, client] = args;
       window.log = []; window.messages = [];
       window.feed = new tabcast.EventSource(url, { retry: { base: 20, max: 100 }, ...options });
       feed.onopen = () => {
         log.push('open');
         if (client === 'close-on-open') feed.close();
       };
       feed.onmessage = ({ data, origin, lastEventId }) => {
         log.push('msg:' + data);
         messages.push({ origin, lastEventId });
         if (client === 'close-on-first-message') feed.close();
       };
       feed.onerror = () => log.push('error:' + ['CONNECTING', 'OPEN', 'CLOSED'][feed.readyState]);`,
      url,
      options,
      client,
    );
  }

  const log = (): Promise<string[]> => page.tab.run('return log');
  const heardIds = () => page.tab.run('return messages.map(({ lastEventId }) => lastEventId)');
  const readyState = (): Promise<number> => page.tab.run('return feed.readyState');
  const answer = (manner: Parameters<typeof scripted>[0]) => {
    own.manner = other.manner = scripted(manner);
  };

  /** What a case calls by a name that is known only now. */
  function named(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(ORIGIN, page.lab.url).replace(OTHER, other.url),
      ]),
    );
  }

  test.each(CASES)('$name', async ({ server, client, crossOrigin, ...given }) => {
    const { reconnectMs, tolerance = 0, final, requests = [] } = given.expect;
    const isAskedAgain = ASKED_AGAIN.includes(given.name);
    const wanted = (given.expect.log ?? []).filter((entry) => entry !== '...');
    const expected = isAskedAgain ? ['error:CONNECTING'] : wanted;
    const replies = server.map((reply) => ({ ...reply, headers: named(reply.headers) }) as Reply);
    // A browser repeats a GET that was cut off by itself.
    const isEndless = given.expect.log?.includes('...') ?? false;
    answer(isEndless ? Array<Reply>(50).fill(replies[0]!) : replies);
    const isRefused = server.some(({ then }) => then === 'refuse');
    const isOther = crossOrigin === true || isRefused;
    const at = isOther ? other : own;
    const url = isOther ? other.url : feed;
    const elsewhere = new URL(other.url).origin;
    if (isRefused) await other.stop();

    await open(url, { withCredentials: given.withCredentials ?? false }, client);
    if (server[0]?.status !== undefined && server[0].then === 'destroy') {
      await until('what is not cut off', async () => (await log()).at(-1) === expected.at(-2));
      at.arrivals[0]!.socket.destroy();
    }
    await until('the log', async () => (await log()).length >= expected.length);
    await until('the requests', () => at.arrivals.length >= requests.length);

    expect((await log()).slice(0, expected.length)).toEqual(expected);
    const ids = at.arrivals.map(({ lastEventId: id }) =>
      id === undefined ? null : Buffer.from(id, 'latin1').toString('utf8'),
    );
    const sent = requests.map((id) => (id !== null && engine === 'webkit' ? twice(id) : id));
    expect(ids.slice(0, requests.length)).toEqual(sent);
    const lastEventIds = LAST_EVENT_IDS[given.name];
    if (lastEventIds) await untilEqual('last event IDs', heardIds, lastEventIds);
    if (final && !isAskedAgain) {
      await untilEqual('readyState', readyState, final === 'OPEN' ? 1 : 2);
    }
    if (final === 'CLOSED' && !isAskedAgain) {
      expect(at.arrivals).toHaveLength(Math.max(requests.length, 1));
    }
    if (reconnectMs !== undefined) {
      await until('the next request', () => at.arrivals.length === 2);
      const wait = at.arrivals[1]!.at - at.arrivals[0]!.at;
      expect(wait).toBeGreaterThan(reconnectMs * (1 - tolerance));
      expect(wait).toBeLessThan(reconnectMs * (1 + tolerance));
    }
    const redirect = server.find(({ headers }) => headers?.['location']);
    if (redirect) {
      const isElsewhere = redirect.headers?.['location'] === OTHER;
      expect(await page.tab.run('return feed.url')).toBe(url);
      expect((await page.tab.run<{ origin: string }[]>('return messages'))[0]?.origin).toBe(
        isElsewhere ? elsewhere : page.lab.url,
      );
    }
  });

  test('retry/zero: a server that asks for no wait gets its requests a quarter of a second apart', async () => {
    const zero = connection.find(({ name }) => name === 'retry/zero')!;
    answer(Array(4).fill(zero.server[0]) as Reply[]);

    await open(feed);
    await until('four requests', () => own.arrivals.length === 4);

    const times = own.arrivals.map(({ at }) => at);
    const shortest = Math.min(...times.slice(1).map((time, index) => time - times[index]!));
    expect(shortest).toBeGreaterThanOrEqual(245);
  });

  test('retry/over-2^32: a reconnection time of weeks is a minute', async () => {
    const endless = connection.find(({ name }) => name === 'retry/over-2^32')!;
    answer(endless.server as Reply[]);

    const wait = await page.tab.run<number>(
      `window.feed = tabcast.openEvents(args[0]);
       return new Promise((resolve) => feed.onFailure(({ retryInMs }) => resolve(retryInMs)));`,
      feed,
    );

    expect(wait).toBeGreaterThanOrEqual(60_000);
    expect(wait).toBeLessThanOrEqual(72_000);
  });

  test('cors/preflight: only a request with an id is asked for before', async () => {
    const { server } = connection.find(({ name }) => name === 'cors/preflight-native')!;
    other.cors = {
      'access-control-allow-origin': page.lab.url,
      'access-control-allow-headers': 'last-event-id',
    };
    answer(server as Reply[]);

    await open(other.url);
    await page.tab.run(
      `feed.addEventListener('success', ({ data }) => log.push('success:' + data))`,
    );
    await until('the second event', async () => (await log()).includes('success:ok'));

    expect(other.arrivals.map(({ lastEventId }) => lastEventId)).toEqual([
      undefined,
      'e5p3n<3k0k0s',
    ]);
    expect(other.preflights).toBe(1);
  });

  test('lifecycle/reserved-event-names: they are events, and nothing else', async () => {
    const { server } = connection.find(({ name }) => name === 'lifecycle/reserved-event-names')!;
    answer(server as Reply[]);

    await page.tab.run(
      `window.log = [];
       window.feed = tabcast.openEvents(args[0]);
       feed.onEvent(({ event, data }) => log.push(event + ':' + data));
       feed.onState(({ status }) => log.push(status));
       feed.onFailure(({ kind }) => log.push(kind));`,
      feed,
    );

    await untilEqual('the log', log, ['connecting', 'open', 'error:from-server', 'open:o2']);
  });

  test('lifecycle/window-stop: the stream is made again', async () => {
    answer([{ then: 'hold' }, streamOf('data: after\n\n')]);
    await open(feed);
    await until('the request', () => own.arrivals.length === 1);

    await page.tab.run('window.stop()');

    await untilEqual('the log', log, ['error:CONNECTING', 'open', 'msg:after']);
  });
});

// Firefox does not keep a page that has a request under way: it makes a new one.
test.each([
  ['chromium', true],
  ['webkit', true],
  ['firefox', false],
] as const)(
  'lifecycle/bfcache in %s: the request ends with the page, and is made again when it is back',
  async (engine, isKept) => {
    const lab = await Lab.start();
    const server = new EventServer();
    lab.routes.set('/feed', server.handle);
    // What drives Chromium elsewhere switches the cache off.
    const profile = await launchWebDriver(engine);
    const options = { persistLastEventId: 'session' };
    try {
      const tab = await profile.open(lab.url);
      const before = await Reader.open(tab, `${lab.url}/feed`, options);
      await before.untilOpen();
      server.publish(2);
      await before.untilComplete(2);

      await tab.goto(`${lab.url}/pages/away.html`);
      await untilEqual('streams', () => server.streams.size, 0);
      server.publish(2);
      await tab.back();
      await until('tabcast', () => tab.run(`return 'tabcast' in window`));
      const isSame = await tab.run(`return 'heard' in window`);
      const after = isKept ? before : await Reader.open(tab, `${lab.url}/feed`, options);

      await after.untilComplete(4);
      expect(isSame).toBe(isKept);
      expect((await after.heard())[0]).toBe(isKept ? 1 : 3);
      const ids = server.arrivals.map(({ lastEventId }) => lastEventId);
      // Firefox repeats a request that was cut off, also of a page that is gone.
      expect(isKept ? ids : [...new Set(ids)]).toEqual([undefined, '2']);
    } finally {
      await profile.close();
      await lab.stop();
    }
  },
);

/** WebKit takes the bytes of a header for characters, and encodes those. */
const twice = (id: string): string => Buffer.from(id, 'utf8').toString('latin1');

const streamOf = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  chunks: [body],
  then: 'hold',
});
