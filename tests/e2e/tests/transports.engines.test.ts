import type { Socket } from 'socket.io';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES, launch } from '../lib/engines.js';
import { Lab } from '../lib/lab.js';
import { Proxy, type SocketPolicy } from '../lib/proxy.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

const FAST = { reconnectionDelay: 20, reconnectionDelayMax: 50 };

describe.each(ENGINES)('%s', (name) => {
  let profile: Profile;
  let page: Lab;
  let tab: Tab;
  let lab: Lab;
  let proxy: Proxy;
  beforeAll(async () => {
    profile = await launch(name);
    page = await Lab.start();
    tab = await profile.open(page.url);
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
  });
  afterAll(async () => {
    await profile?.close();
    await page?.stop();
  });
  beforeEach(async () => {
    lab = await Lab.start({
      cookie: true,
      cors: { origin: page.url, credentials: true, allowedHeaders: ['content-type', 'x-test'] },
    });
    proxy = await Proxy.start(lab.port);
  });
  afterEach(async () => {
    await tab.run('window.socket?.disconnect()');
    await proxy.stop();
    await lab.stop();
  });

  /** Opens `window.socket` from the page, which is of another origin, and gives the server's end. */
  async function open(options: object = {}, url = lab.url): Promise<Socket> {
    const joined = new Promise<Socket>((resolve) => lab.io.once('connection', resolve));
    await tab.run(
      `window.log = [];
       window.got = [];
       window.socket = tabcast.io(args[0], { forceNew: true, ...args[1] });
       socket.on('connect', () => log.push('connect'));
       socket.on('disconnect', (reason) => log.push(reason));
       socket.on('connect_error', (error) => log.push([error.message, error.description, error.data ?? null]));
       socket.on('n', (n) => got.push(n));
       const attach = () => {
         for (const event of ['upgrade', 'upgradeError']) {
           socket.io.engine.on(event, ({ name, message }) => log.push([event, message ?? name]));
         }
       };
       attach();`,
      url,
      { ...FAST, ...options },
    );
    return joined;
  }

  const transport = (): Promise<string> => tab.run('return socket.io.engine.transport.name');
  const log = (): Promise<unknown[]> => tab.run('return log');

  /** Both sides send numbers until both have `count`; the page must get all, in order. */
  async function exchange(server: Socket, count: number): Promise<void> {
    const up: number[] = [];
    server.on('up', (n: number) => up.push(n));
    const numbers = Array.from({ length: count }, (_, n) => n);
    const down = (async () => {
      for (const n of numbers) {
        server.emit('n', n);
        if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await tab.run(
      `for (let n = 0; n < args[0]; n += 1) {
         socket.emit('up', n);
         if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
       }`,
      count,
    );
    await down;
    await untilEqual('what the server got', () => up, numbers);
    await untilEqual('what the page got', () => tab.run('return got'), numbers);
  }

  test('everything goes over polling alone', async () => {
    const server = await open({ transports: ['polling'] });
    server.on('echo', (value, answer) => answer(value));

    const echoed = await tab.run(
      `const bytes = (value) => [...new Uint8Array(value)];
       const emit = (value) => socket.timeout(10000).emitWithAck('echo', value);
       return [
         await emit('é€😀\\u001e'),
         bytes(await emit(Uint8Array.of(0, 255, 254))),
         bytes(await emit(new Blob(['blob']))),
         bytes((await emit({ deep: [Uint8Array.of(7)] })).deep[0]),
         (await emit('x'.repeat(900_000))).length,
       ];`,
    );
    await exchange(server, 300);

    expect(echoed).toEqual(['é€😀\u001e', [0, 255, 254], [98, 108, 111, 98], [7], 900_000]);
    expect([await transport(), await log()]).toEqual(['polling', ['connect']]);
    expect(lab.connections).toBe(1);
  });

  test('more than the server takes at once goes in several requests', async () => {
    const server = await open({ transports: ['polling'] });
    const sizes: number[] = [];
    server.on('big', (text: string) => sizes.push(text.length));

    await tab.run(`for (let n = 0; n < 6; n += 1) socket.emit('big', 'é'.repeat(300_000 + n))`);

    await untilEqual(
      'sizes',
      () => sizes,
      [0, 1, 2, 3, 4, 5].map((n) => 300_000 + n),
    );
    expect(await log()).toEqual(['connect']);
  });

  test('the upgrade loses, doubles and overtakes nothing', async () => {
    const server = await open();

    await exchange(server, 1000);

    await untilEqual('transport', transport, 'websocket');
    expect(await log()).toContainEqual(['upgrade', 'websocket']);
    await untilEqual('the server', () => server.conn.transport.name, 'websocket');
    expect((await log()).filter((entry) => entry === 'connect')).toHaveLength(1);
  });

  test.each<SocketPolicy>(['refuse', 'cut', 'swallow'])(
    'where a proxy would %s sockets all goes on over polling',
    async (policy) => {
      proxy.policy = policy;

      const server = await open({}, proxy.url);
      await exchange(server, 300);

      expect(await transport()).toBe('polling');
      expect(proxy.sockets).toBe(1);
      if (policy !== 'swallow') {
        await until('an error', async () =>
          (await log()).some(([event]: any) => event === 'upgradeError'),
        );
      }
      expect((await log()).filter((entry) => typeof entry === 'string')).toEqual(['connect']);
    },
  );

  test('the next transport is tried where the first cannot open', async () => {
    proxy.policy = 'refuse';

    const server = await open(
      { transports: ['websocket', 'polling'], tryAllTransports: true },
      proxy.url,
    );
    await exchange(server, 50);

    expect([await transport(), await log()]).toEqual(['polling', ['connect']]);
  });

  test('cookies go to another origin only where that is asked for', async () => {
    const seen: (string | undefined)[][] = [];
    for (const withCredentials of [false, true]) {
      await open({ transports: ['polling'], withCredentials });
      const requests: (string | undefined)[] = [];
      lab.io.engine.on('headers', (_: object, request: { headers: { cookie?: string } }) =>
        requests.push(request.headers.cookie?.match(/io=/)?.[0]),
      );
      await tab.run(
        `socket.emit('a'); await new Promise((resolve) => setTimeout(resolve, 50)); socket.emit('b')`,
      );
      await until('requests', () => requests.length >= 2);
      seen.push([...new Set(requests)]);
      lab.io.engine.removeAllListeners('headers');
      await tab.run('socket.disconnect()');
    }

    expect(seen).toEqual([[undefined], ['io=']]);
  });

  test('headers of the app go with each request', async () => {
    const server = await open({ transports: ['polling'], extraHeaders: { 'x-test': '1' } });

    expect(server.handshake.headers['x-test']).toBe('1');
    expect(server.handshake.headers['content-type']).toBeUndefined();
  });

  test('a request may take as long as the app says', async () => {
    proxy.isDead = true;

    void open({ transports: ['polling'], requestTimeout: 300 }, proxy.url);
    await until('an error', async () => (await log()).length > 0);
    proxy.isDead = false;
    await until('connected', () => tab.run('return socket.connected'));

    expect((await log())[0]).toEqual(['xhr poll error', 0, null]);
  });

  test('a server that forgot the session gets a new one, and the app hears why', async () => {
    const server = await open({ transports: ['polling'] });
    await tab.run(
      `socket.io.on('close', (reason, error) => log.push([error.message, error.status, error.data]))`,
    );

    await until('connected', () => tab.run('return socket.connected'));
    const { id } = server.conn as unknown as { id: string };
    delete (lab.io.engine as unknown as { clients: Record<string, unknown> }).clients[id];
    const again = new Promise<Socket>((resolve) => lab.io.once('connection', resolve));
    await tab.run(`socket.emit('a')`);
    await again;
    await until('connected', () => tab.run('return socket.connected'));

    expect(await log()).toEqual([
      'connect',
      'transport error',
      // Of the POST, or of the GET that follows the last answer.
      [expect.stringMatching(/^xhr (poll|post) error$/), 400, { message: 'Session ID unknown' }],
      'connect',
    ]);
  });

  test('what cannot be used is refused at once', async () => {
    const message = await tab.run(
      `try {
         tabcast.io(args[0], { transports: ['webtransport'], forceNew: true });
       } catch (error) {
         return [error.code, error.message];
       }`,
      lab.url,
    );

    expect(message).toEqual([
      'unsupported',
      'unable to use the transport "webtransport"; this version has polling and websocket',
    ]);
  });
});
