import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'socket.io';
import parser from 'socket.io-msgpack-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, launch } from '../lib/engines.js';
import { Lab } from '../lib/lab.js';
import { NestServer } from '../lib/nest-server.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

const TRANSPORTS = ['websocket', 'polling'];

/** For the page: what is binary becomes a list of its bytes, so that a test can see it. */
const SHOW = `
  const show = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return { bytes: [...new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)] };
    }
    if (value instanceof Date) return { date: value.getTime() };
    if (Array.isArray(value)) return value.map(show);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(item)]));
  };`;

const bytes = (...values: number[]): object => ({ bytes: values });
const text = (value: string): object => bytes(...Buffer.from(value));

describe.each(ENGINES)('%s', (name) => {
  let profile: Profile;
  let page: Lab;
  let tab: Tab;
  beforeAll(async () => {
    profile = await launch(name);
    page = await Lab.start();
    page.routes.set('/msgpack.js', await script('socket.io-msgpack-parser'));
    tab = await profile.open(page.url);
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
  });
  afterAll(async () => {
    await profile?.close();
    await page?.stop();
  });

  /** Runs a function of the page itself: the scripts of a driver have an `ArrayBuffer` of their own. */
  const run = (body: string, ...args: unknown[]): Promise<unknown[]> => {
    const call = `(async (args) => { ${body} })(${JSON.stringify(args)})`;
    return tab.run(`return JSON.parse(await window.eval(args[0]).then(JSON.stringify))`, call);
  };

  describe.each(TRANSPORTS)('over %s', (transport) => {
    const options = { transports: [transport], forceNew: true };

    test('files and blobs arrive wherever they stand among the arguments, in order', async () => {
      const lab = await Lab.start({ cors: { origin: '*' } });
      const heard: unknown[] = [];
      lab.io.on('connection', (socket: Socket) => {
        socket.onAny((event, ...values) => heard.push([event, ...values.slice(0, -1)]));
        socket.on('echo', (...values) => values.pop()(...values));
        socket.on('plain', (value, answer) => answer(value));
      });

      const [echoed, plain] = await run(
        `${SHOW}
         const socket = tabcast.io(args[0], args[1]);
         const file = new File(['file'], 'a.txt', { type: 'text/plain' });
         const blob = new Blob(['bl', 'ob']);
         const echoed = new Promise((resolve) =>
           socket.emit('echo', blob, { deep: [{ file }, Uint8Array.of(7)] }, 'é', new Blob([]),
             (...values) => resolve(values)));
         const plain = socket.emitWithAck('plain', 2);
         const all = show([await echoed, await plain]);
         socket.disconnect();
         return all;`,
        lab.url,
        options,
      );
      await lab.stop();

      const sent = [text('blob'), { deep: [{ file: text('file') }, bytes(7)] }, 'é', bytes()];
      expect([echoed, plain]).toEqual([sent, 2]);
      expect(heard).toEqual([
        [
          'echo',
          Buffer.from('blob'),
          { deep: [{ file: Buffer.from('file') }, Buffer.of(7)] },
          'é',
          Buffer.of(),
        ],
        ['plain', 2],
      ]);
    });

    test('socket.io-msgpack-parser works as it is', async () => {
      const lab = await Lab.start({ cors: { origin: '*' }, parser });
      const left: string[] = [];
      lab.io.of('/rooms').on('connection', async (socket: Socket) => {
        socket.on('echo', (...values) => values.pop()(...values));
        socket.on('ask', async (value, answer) => {
          answer(await socket.timeout(10_000).emitWithAck('asked', value));
        });
        socket.on('disconnect', (reason) => left.push(reason));
        socket.emit('welcome', socket.handshake.auth);
      });

      const heard = await run(
        `${SHOW}
         const { default: parser } = await import('/msgpack.js');
         const socket = tabcast.io(args[0] + '/rooms', { ...args[1], parser, auth: { token: 't' } });
         const welcome = new Promise((resolve) => socket.once('welcome', resolve));
         socket.on('asked', (value, answer) => answer({ was: value }));
         const emit = (...values) => socket.timeout(10000).emitWithAck(...values);
         const heard = [
           await welcome,
           await emit('echo', { date: new Date(5), none: null, big: 2 ** 40, text: 'é€😀' }),
           await emit('echo', { deep: [Uint8Array.of(1, 2).buffer] }),
           await emit('ask', Uint8Array.of(3).buffer),
         ];
         const id = socket.id;
         socket.io.engine.close();
         await new Promise((resolve) => socket.once('connect', resolve));
         heard.push(socket.id !== id, await emit('echo', 'again'));
         socket.emit('echo', 'last', () => undefined).disconnect();
         return show(heard);`,
        lab.url,
        { ...options, reconnectionDelay: 10 },
      );
      await untilEqual('how it left', () => left.at(-1), 'client namespace disconnect');
      await lab.stop();

      expect(heard).toEqual([
        { token: 't' },
        { date: { date: 5 }, none: null, big: 2 ** 40, text: 'é€😀' },
        { deep: [bytes(1, 2)] },
        { was: bytes(3) },
        true,
        'again',
      ]);
    });

    test('a NestJS gateway answers, asks and disconnects, in two namespaces of one connection', async () => {
      const server = await NestServer.start();

      const heard = await run(
        `${SHOW}
         const main = tabcast.io(args[0], args[1]);
         const orders = main.io.socket('/orders', { auth: { token: 't' } });
         const said = new Promise((resolve) => main.once('said', (...values) => resolve(values)));
         const welcome = new Promise((resolve) => orders.once('welcome', (...values) => resolve(values)));
         const left = new Promise((resolve) => orders.once('disconnect', resolve));
         orders.on('price', ({ of }, answer) => answer(Uint8Array.of(of.byteLength)));
         const emit = (socket, ...values) => socket.timeout(10000).emitWithAck(...values);
         const heard = [
           await welcome,
           await emit(main, 'echo', { text: 'é', list: [1, null, true] }),
           await emit(main, 'echo', new Uint8Array([9, 8])),
           await emit(orders, 'order', Uint8Array.of(1, 2, 3)),
         ];
         main.emit('event', 'x');
         heard.push(await said);
         orders.emit('leave');
         heard.push(await left, orders.active, await emit(main, 'echo', 'still here'));
         main.disconnect();
         return show(heard);`,
        server.url,
        options,
      );
      await server.stop();

      expect(heard).toEqual([
        ['/orders', { token: 't' }],
        { text: 'é', list: [1, null, true] },
        bytes(9, 8),
        { total: [bytes(1, 2, 3), bytes(3)] },
        ['x'],
        'io server disconnect',
        false,
        'still here',
      ]);
    });
  });
});

/** A package as a module for a page. */
async function script(name: string): Promise<Parameters<Lab['routes']['set']>[1]> {
  const entryPoints = [fileURLToPath(import.meta.resolve(name))];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false });
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript' });
    response.end(outputFiles[0]!.contents);
  };
}
