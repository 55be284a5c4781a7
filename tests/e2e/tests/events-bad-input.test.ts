import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../lib/engines.js';
import { EventServer } from '../lib/event-server.js';
import { LabPage } from '../lib/lab-page.js';
import { scripted, type Reply } from '../lib/scripted-stream.js';
import { untilEqual } from '../lib/until.js';

/** Arguments of `openEvents` that can never be, and why. What a URL or a header is, browsers decide. */
const REFUSED: readonly (readonly [code: string, reason: string])[] = [
  [`'http://['`, 'http://[ is not a URL'],
  [`'http://:80'`, 'http://:80 is not a URL'],
  [`'ftp://' + location.host`, 'ftp: is not http or https'],
  [`'data:text/event-stream,'`, 'data: is not http or https'],
  [`URL.createObjectURL(new Blob())`, 'blob: is not http or https'],
  [`'about:blank'`, 'about: is not http or https'],
  [`'http://ann:secret@' + location.host`, 'a URL with a user name or password cannot be fetched'],
  [`'//ann@' + location.host`, 'a URL with a user name or password cannot be fetched'],
  [`'/feed', { method: 'GET', body: 'x' }`, 'a GET request has no body'],
  [`'/feed', { method: 'head', body: 'x' }`, 'a HEAD request has no body'],
  [`'/feed', { headers: { 'bad name': '1' } }`, 'the header bad name cannot be sent'],
  [`'/feed', { headers: { 'x-ä': '1' } }`, 'the header x-ä cannot be sent'],
  [`'/feed', { headers: { 'x-a': 'a\\r\\nb: c' } }`, 'the header x-a cannot be sent'],
  [`'/feed', { headers: { 'x-a': 'a\\0b' } }`, 'the header x-a cannot be sent'],
  [`'/feed', { headers: { 'x-a': 'a\\x01b' } }`, 'the header x-a cannot be sent'],
  [`'/feed', { headers: [['x-ok', '1'], ['x-a', '…']] }`, 'the header x-a cannot be sent'],
  [
    `'/feed', { headers: { 'Last-Event-ID': '1' } }`,
    'Last-Event-ID is set by the stream; use the option lastEventId',
  ],
  [
    `'/feed', { headers: new Headers({ accept: 'text/html' }) }`,
    'an Accept header without text/event-stream asks for something else',
  ],
  [`'/feed', { retry: { base: 0 } }`, 'retry.base is not a positive number of milliseconds'],
  [`'/feed', { retry: { base: NaN } }`, 'retry.base is not a positive number of milliseconds'],
  [`'/feed', { retry: { max: NaN } }`, 'retry.max is not a positive number of milliseconds'],
  [`'/feed', { retry: { base: 2, max: 1 } }`, 'retry.max is less than retry.base'],
];

describe.each(ENGINES)('%s', (engine) => {
  const page = LabPage.use(engine);
  let server: EventServer;
  /** A new one for each test: Firefox repeats requests that were cut off, also when nobody wants them. */
  let feed: string;
  let tests = 0;

  beforeEach(() => {
    server = new EventServer();
    tests += 1;
    feed = `${page.lab.url}/feed${tests}`;
    page.lab.routes.set(`/feed${tests}`, server.handle);
  });
  afterEach(async () => {
    await page.tab.run('window.feed?.close()');
  });

  /** Opens the stream, and notes its events, problems and failures. */
  const open = (options: string, setup = '') =>
    page.tab.run(
      `window.events = []; window.problems = []; window.failures = [];
       window.feed = tabcast.openEvents(args[0], { retry: { base: 20, max: 50 }, ...${options} });
       feed.onEvent(({ id, event, data }) => events.push([id, event, data]));
       feed.onProblem((problem) => problems.push(problem));
       feed.onFailure(({ kind, willRetry, error }) =>
         failures.push([kind, willRetry, error.cause?.message ?? null]));
       ${setup}`,
      feed,
    );
  const answer = (...replies: Reply[]) => (server.manner = scripted(replies));

  test('what no request can be is refused at once, by name, and nothing is sent', async () => {
    const calls = REFUSED.map(([code]) => `() => tabcast.openEvents(${code})`);
    answer(stream('data: x\n\n', 'hold'));

    const refusals = await page.tab.run<unknown[]>(
      `return [${calls.join(',\n')}].map((call) => {
         try {
           call().close();
           return 'opened';
         } catch (error) {
           return [error instanceof tabcast.TabcastError, error.code, error.message];
         }
       });`,
    );

    expect(refusals).toEqual(
      REFUSED.map(([, reason]) => [true, 'invalid', `unable to open events; ${reason}`]),
    );
    await open('{}');
    await untilEqual('events', () => page.tab.run('return events.length'), 1);
    expect(server.arrivals).toHaveLength(1);
  });

  test('a method that no request can have ends the stream, and nothing is sent', async () => {
    const ends = await page.tab.run(
      `return Promise.all(['TRACE', 'CONNECT', 'bad method'].map(async (method) => {
         const { reason, error } = await tabcast.openEvents(args[0], { method }).closed;
         return [reason, error.code];
       }));`,
      feed,
    );

    expect(ends).toEqual(Array(3).fill(['failed', 'invalid']));
    expect(server.arrivals).toHaveLength(0);
  });

  test('a header hook that rejects, throws, gives nonsense or hangs fails its attempt only', async () => {
    answer(stream('data: x\n\n', 'hold'));

    await open(`{
      openTimeout: 1000,
      headers: ({ number }) => {
        (window.asked ??= []).push(performance.now());
        if (number === 1) return Promise.reject(new Error('no token'));
        if (number === 2) throw new Error('no user');
        if (number === 3) return { 'bad name': '1' };
        if (number === 4) return { 'x-a': '…' };
        if (number === 5) return new Promise(() => {});
        return { authorization: 'token ' + number };
      },
    }`);
    await untilEqual('events', () => page.tab.run('return events.length'), 1);

    expect(await page.tab.run('return failures')).toEqual([
      ['headers', true, 'no token'],
      ['headers', true, 'no user'],
      ['headers', true, 'unable to open events; the header bad name cannot be sent'],
      ['headers', true, 'unable to open events; the header x-a cannot be sent'],
      ['headers', true, null],
    ]);
    expect(server.arrivals.map(({ authorization }) => authorization)).toEqual(['token 6']);
    const hung = await page.tab.run<number>('return asked[5] - asked[4]');
    expect(hung).toBeGreaterThan(990);
  });

  test.each([
    ['a control character', 'a\u0001b', 'control-character'],
    ['DEL', 'a\u007fb', 'control-character'],
    ['more than 4096 bytes', 'é'.repeat(2049), 'too-long'],
  ])('an id with %s is kept, is not sent, and is warned of once', async (_, id, reason) => {
    answer(
      stream(`id: ${id}\ndata: 1\n\n`, 'end'),
      stream(`id: ${id}\ndata: 2\n\n`, 'end'),
      stream(`data: 3\n\n`, 'hold'),
    );

    await open('{}');
    await untilEqual('events', () => page.tab.run('return events.length'), 3);

    expect(await page.tab.run('return events')).toEqual([
      [id, 'message', '1'],
      [id, 'message', '2'],
      [id, 'message', '3'],
    ]);
    expect(server.arrivals.map(({ lastEventId }) => lastEventId)).toEqual(Array(3).fill(undefined));
    const problems = await page.tab.run<{ kind: string }[]>('return problems');
    expect(problems.filter(({ kind }) => kind === 'unsendable-id')).toEqual([
      { kind: 'unsendable-id', reason },
    ]);
  });

  test.each([
    ['a control character', 'a\u0001b'],
    ['DEL', 'a\u007fb'],
    ['characters beyond ASCII', 'é…😀'],
    ['what means something in a URL', ' a&b=c#d?%41+'],
  ])('an id with %s goes back in the query as it came', async (_, id) => {
    answer(stream(`id: ${id}\ndata: 1\n\n`, 'end'), stream('data: 2\n\n', 'hold'));

    await open(`{ lastEventIdParam: 'after it' }`);
    await untilEqual('events', () => page.tab.run('return events.length'), 2);

    const ids = server.arrivals.map(({ url }) => new URL(url, page.lab.url).searchParams);
    expect(ids.map((query) => query.get('after it'))).toEqual([null, id]);
    expect(server.arrivals.map(({ lastEventId }) => lastEventId)).toEqual([undefined, undefined]);
    expect(await page.tab.run('return problems')).toEqual([]);
  });

  test('an id that is not ASCII goes back as the bytes of its UTF-8, and is warned of once', async () => {
    answer(
      stream('id: 7…\ndata: 1\n\nid: 8…\ndata: 2\n\n', 'end'),
      stream('data: 3\n\n', 'end'),
      stream('data: 4\n\n', 'hold'),
    );

    await open('{}');
    await untilEqual('events', () => page.tab.run('return events.length'), 4);

    const sent = server.arrivals.map(({ lastEventId: id = '' }) => Buffer.from(id, 'latin1'));
    const bytes = Buffer.from('8…');
    // WebKit takes the bytes of a header for characters, and encodes those.
    const expected = engine === 'webkit' ? Buffer.from(bytes.toString('latin1')) : bytes;
    expect(sent).toEqual([Buffer.alloc(0), expected, expected]);
    expect(await page.tab.run('return problems')).toEqual([{ kind: 'non-ascii-id', id: '8…' }]);
  });

  test('events with names of the language or of the API are events like others', async () => {
    const names = [
      'open',
      'error',
      'close',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
    ];
    const blocks = names.map((name) => `event: ${name}\ndata: ${name}\n\n`);
    answer(stream(blocks.join(''), 'hold'));

    await open(
      '{ decode: {} }',
      `window.named = [];
       for (const name of ${JSON.stringify(names)}) feed.on(name, ({ data }) => named.push(data));`,
    );
    await untilEqual('events', () => page.tab.run('return events.length'), names.length);

    expect(await page.tab.run('return named')).toEqual(names);
    expect(await page.tab.run('return [failures, problems, feed.state.status]')).toEqual([
      [],
      [],
      'open',
    ]);
  });

  test('data that does not decode is told to those who decode it, and to nobody else', async () => {
    server.manner = (request, response, it) => {
      it.open(request, response);
    };
    await page.tab.run(
      `window.problems = []; window.heard = [];
       const share = { scope: 'user' };
       const follow = (name, options) => {
         const feed = tabcast.openEvents(args[0], { share, ...options });
         feed.onEvent(({ data }) => heard.push([name, data]));
         feed.onProblem(({ kind, event, raw, cause }) =>
           problems.push([name, kind, event, raw, cause?.name]));
         return feed;
       };
       const feeds = [follow('strict', { decode: JSON.parse }), follow('other', {})];
       window.feed = { close: () => feeds.forEach((feed) => feed.close()), feeds };`,
      feed,
    );
    await untilEqual(
      'states',
      () => page.tab.run('return feed.feeds.map(({ state }) => state.status)'),
      ['open', 'open'],
    );

    for (const it of server.streams) it.write('data: {\n\ndata: {"n":2}\n\n');
    await untilEqual('events', () => page.tab.run('return heard.length'), 3);

    expect(await page.tab.run('return heard.sort()')).toEqual([
      ['other', '{'],
      ['other', '{"n":2}'],
      ['strict', { n: 2 }],
    ]);
    expect(await page.tab.run('return problems')).toEqual([
      ['strict', 'decode', 'message', '{', 'SyntaxError'],
    ]);
    expect(server.arrivals).toHaveLength(1);
  });

  test.each([
    ['is missing', '({ headers }) => new Response(null, { headers })'],
    ['is being read by somebody', '(response) => (response.body.getReader(), response)'],
    ['is no stream', '({ status, headers }) => ({ status, headers, body: "data: x\\n\\n" })'],
    ['was read already', 'async (response) => (await response.text(), response)'],
  ])('a response whose body %s ends the stream', async (_, change) => {
    answer(stream('data: x\n\n', 'end'));

    await open(`{ fetch: async (request) => (${change})(await fetch(request)) }`);
    const end = await page.tab.run(
      'const { reason, error } = await feed.closed; return [reason, error.code];',
    );

    expect(end).toEqual(['failed', 'invalid']);
    expect(await page.tab.run('return failures')).toEqual([['protocol', false, null]]);
    expect(server.arrivals).toHaveLength(1);
  });
});

const stream = (body: string, then: Reply['then']): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  chunks: [body],
  then,
});
