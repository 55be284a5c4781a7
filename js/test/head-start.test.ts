import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type * as ManagerModule from '../src/socket/manager.js';
import type { ManagerOptions } from '../src/socket/options.js';
import type * as Core from './support/core.js';

let Manager: typeof ManagerModule.Manager;
let script: typeof Core.script;

/** A WebSocket that does what the test says. */
class ScriptedSocket extends EventTarget {
  static readonly all: ScriptedSocket[] = [];
  binaryType = 'blob';
  isClosed = false;

  constructor(
    readonly url: string,
    readonly protocols: readonly string[],
  ) {
    super();
    ScriptedSocket.all.push(this);
  }

  close(): void {
    this.isClosed = true;
  }
}

const ADDRESS = 'ws://h.test/socket.io/?EIO=4&transport=websocket';

beforeEach(async () => {
  // Each begins without a core.
  vi.resetModules();
  ({ Manager } = await import('../src/socket/manager.js'));
  ({ script } = await import('./support/core.js'));
  ScriptedSocket.all.length = 0;
  vi.stubGlobal('WebSocket', ScriptedSocket);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function manager(options: Partial<ManagerOptions> = {}): ManagerModule.Manager {
  return new Manager('http://h.test', { transports: ['websocket'], ...options });
}

/** Makes the core ask for a socket when it is told to open the connection; gives what it gets and hears. */
function opening(url = ADDRESS, protocols: readonly string[] = []): Opening {
  const seen: Opening = { heard: [] };
  script.opens = (config) => {
    seen.socket = config.openSocket!(url, protocols);
    for (const type of ['open', 'message', 'close']) {
      seen.socket.addEventListener(type, (event) => {
        seen.heard.push([event.type, (event as MessageEvent).data]);
      });
    }
  };
  return seen;
}

interface Opening {
  socket?: WebSocket;
  readonly heard: unknown[];
}

test('the_first_web_socket_is_opened_before_the_core_is_there_and_is_the_one_the_core_gets', async () => {
  const seen = opening();

  manager();
  const ahead = [...ScriptedSocket.all];
  await vi.waitFor(() => script.connection);

  expect(ahead).toMatchObject([{ url: ADDRESS, protocols: [], binaryType: 'arraybuffer' }]);
  expect(seen.socket).toBe(ahead[0]);
  expect(ScriptedSocket.all).toEqual(ahead);
  await settled();
  expect(ahead[0]!.isClosed).toBe(false);
});

test('what_it_said_until_then_is_heard_by_the_core_in_order_and_once', async () => {
  const { heard } = opening();
  manager();
  const [socket] = ScriptedSocket.all;
  socket!.dispatchEvent(new Event('open'));
  socket!.dispatchEvent(new MessageEvent('message', { data: '0{}' }));
  socket!.dispatchEvent(new MessageEvent('message', { data: '2' }));
  socket!.dispatchEvent(new Event('close'));

  await vi.waitFor(() => script.connection);
  await settled();
  socket!.dispatchEvent(new MessageEvent('message', { data: 'late' }));

  expect(heard).toEqual([
    ['open', undefined],
    ['message', '0{}'],
    ['message', '2'],
    ['close', undefined],
    ['message', 'late'],
  ]);
});

test('later_sessions_have_sockets_of_their_own', async () => {
  opening();
  manager();
  await vi.waitFor(() => script.connection);

  const next = script.connection.config.openSocket!(ADDRESS, []);

  expect(ScriptedSocket.all).toHaveLength(2);
  expect(next).toBe(ScriptedSocket.all[1]);
});

test.each([
  ['another address', `${ADDRESS}&x=1`, []],
  ['other subprotocols', ADDRESS, ['p']],
])('a_socket_is_closed_if_the_core_asks_for_one_with_%s', async (_, url, protocols) => {
  const seen = opening(url, protocols);

  manager();
  await vi.waitFor(() => script.connection);
  await settled();

  expect(ScriptedSocket.all).toMatchObject([
    { url: ADDRESS, isClosed: true },
    { url, protocols, isClosed: false },
  ]);
  expect(seen.socket).toBe(ScriptedSocket.all[1]);
});

test('closing_the_connection_before_the_core_is_there_closes_the_socket_at_once', () => {
  manager();
  const one = manager();

  one._close();

  expect(ScriptedSocket.all.map(({ isClosed }) => isClosed)).toEqual([false, true]);
});

test('a_core_that_cannot_be_loaded_closes_the_socket_and_the_next_try_opens_one', async () => {
  script.failures = [new TypeError('Failed to fetch')];
  const one = manager();
  one.on('error', () => undefined);
  await vi.waitFor(() => expect(ScriptedSocket.all).toMatchObject([{ isClosed: true }]));

  one.open();

  expect(ScriptedSocket.all).toMatchObject([{ isClosed: true }, { isClosed: false }]);
});

test.each([
  ['base64', { forceBase64: true }, `${ADDRESS}&b64=1`],
  ['a query', { query: { a: '1' } }, 'ws://h.test/socket.io/?a=1&EIO=4&transport=websocket'],
  ['subprotocols', { protocols: 'p' }, ADDRESS],
])('the_address_is_that_of_the_core_with_%s', (_, options, url) => {
  manager(options);

  expect(ScriptedSocket.all.map((socket) => socket.url)).toEqual([url]);
});

test.each([
  ['long-polling comes first', { transports: ['polling', 'websocket'] }],
  ['the address has a time stamp', { timestampRequests: true }],
  ['the connection is shared', { shared: true, scope: 'u' }],
])('nothing_is_opened_ahead_if_%s', (_, options) => {
  manager(options as Partial<ManagerOptions>);

  expect(ScriptedSocket.all).toEqual([]);
});

test('an_address_that_the_browser_refuses_is_left_to_the_core', async () => {
  vi.stubGlobal('WebSocket', function refuse() {
    throw new SyntaxError('bad URL');
  });

  manager();
  await vi.waitFor(() => script.connection);

  expect(script.connection.calls).toEqual([['open']]);
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
