import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ClientOptions, RoomHandle } from '../src/chat/types.js';
import type { Json, WireMessage } from '../src/contract/index.js';
import { TabcastError } from '../src/errors.js';
import { setUp, type Setup } from './support/chat.js';
import { loadRealCore } from './support/real-core.js';

beforeEach(async () => {
  await loadRealCore();
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

interface Blocked extends Setup {
  readonly room: RoomHandle<Json>;
  readonly statuses: string[];
}

/** A client in a room whose socket does not connect. */
async function blocked(options: Partial<ClientOptions> = {}): Promise<Blocked> {
  const setup = setUp(options);
  const { client, link } = setup;
  const statuses: string[] = [];
  client.connection.subscribe(() => {
    const { status, transport } = client.connection.getSnapshot();
    const said = transport ? `${status} by ${transport}` : status;
    if (statuses.at(-1) !== said) statuses.push(said);
  });
  link.reachable = false;
  const room = client.room<Json>('r');
  room.retain();
  await settle();
  return { ...setup, room, statuses };
}

/** The same when it has given up on the socket and its stream is open. */
async function onStream(options?: Partial<ClientOptions>): Promise<Blocked> {
  const setup = await blocked(options);
  await settle(8000);
  setup.streams.become({ status: 'open' });
  await settle();
  return setup;
}

function fail(times: number, { link }: Setup): void {
  for (let i = 0; i < times; i += 1) link.refuse(unreachable(), true);
}

function unreachable(): TabcastError {
  return new TabcastError('unavailable', 'unable to connect; websocket error');
}

function texts(room: RoomHandle<Json>): string[] {
  return room.getSnapshot().messages.map(({ text, status }) => `${text} ${status}`);
}

async function bodies({ requests }: Setup): Promise<{ event: string; payload: any }[]> {
  return Promise.all(requests.sent.map((request) => request.clone().json()));
}

it('takes a stream when the socket has failed three times', async () => {
  const setup = await blocked();

  fail(2, setup);
  const before = setup.streams.wanted;
  fail(1, setup);
  await settle();

  expect(before).toBe(false);
  const [{ url, headers } = { url: '', headers: {} }] = setup.streams.opened;
  expect(url).toMatch(/^https:\/\/chat\.example\/rt\/link\?device=[\w-]+&connection=\w{32}&v=1$/);
  expect(headers).toEqual({ authorization: 'Bearer token' });
});

it('takes a stream when the socket hangs, and none if that is off', async () => {
  const setups = [await blocked(), await blocked({ fallback: 'off' })];

  await settle(7999);
  const early = setups.map(({ streams }) => streams.wanted);
  await settle(1);
  for (const setup of setups) fail(3, setup);

  expect(early).toEqual([false, false]);
  expect(setups.map(({ streams }) => streams.wanted)).toEqual([true, false]);
});

it('a server that refuses is no reason for a stream', async () => {
  const { client, link, streams } = await blocked();

  const refusal = { code: 'forbidden', message: 'as told', retryable: false };
  link.refuse(new TabcastError('refused', 'as told', { data: refusal }));
  await settle(10_000);

  expect(client.connection.getSnapshot().status).toBe('failed');
  expect(streams.wanted).toBe(false);
});

it('chats over the stream: greets, hears, sends, types and says who is there', async () => {
  const setup = await onStream();
  const { client, room, server, streams, statuses } = setup;

  const m = server.say('from bob');
  streams.receive('room:op', { roomId: 'r', epoch: 'e1', op: { t: 'msg', seq: 1, m } });
  const { sent } = room.send({ text: 'from ann' });
  await settle();
  room.typing.keystroke();
  await client.setPresence('dnd');
  await settle();

  expect(statuses).toEqual(['connecting', 'connected by sse']);
  expect(await sent).toMatchObject({ text: 'from ann', seq: 2 });
  expect(texts(room)).toEqual(['from bob sent', 'from ann sent']);
  expect((await bodies(setup)).map(({ event }) => event)).toEqual([
    ...['rt:hello', 'msg:send', 'presence:set', 'typing'],
  ]);
  for (const { headers, method, url } of setup.requests.sent) {
    expect([method, url]).toEqual(['POST', 'https://chat.example/rt/cmd']);
    expect(headers.get('authorization')).toBe('Bearer token');
  }
});

it('goes back to the socket when that connects, with nothing lost or doubled', async () => {
  const setup = await onStream();
  const { client, link, room, streams, requests, statuses } = setup;
  let answer: ((response: Response) => void) | undefined;
  requests.answer = () => new Promise((resolve) => (answer = resolve));
  const { sent, cid } = room.send({ text: 'in between' });
  await settle();

  // The server has stored the message, and its answer is lost with the stream.
  const stored = link.answer({ event: 'msg:send', payload: { cid, text: 'in between' } });
  const m = (stored as { data: WireMessage }).data;
  const answerOf = link.answer;
  link.answer = (call) => (call.event === 'msg:send' ? stored : answerOf(call));
  fail(2, setup);
  link.reachable = true;
  link.up();
  answer?.(Response.json(stored));
  await settle();

  expect(streams.wanted).toBe(false);
  expect(await sent).toMatchObject({ id: m.id, seq: 1 });
  expect(texts(room)).toEqual(['in between sent']);
  expect(link.callsOf('rt:hello')).toHaveLength(1);
  expect(client.connection.getSnapshot()).toMatchObject({ transport: 'websocket', error: null });
  expect(statuses.slice(2)).toEqual(['connected by websocket']);
});

it('what the stream still says after the change is not heard twice', async () => {
  const { link, room, server, streams } = await onStream();
  link.reachable = true;
  link.up();
  await settle();

  const m = server.say('once');
  streams.receive('room:op', { roomId: 'r', epoch: 'e1', op: { t: 'msg', seq: 1, m } });
  await settle();

  expect(texts(room)).toEqual(['once sent']);
});

it('greets again each time that the stream comes back', async () => {
  const setup = await onStream();
  const { client, streams } = setup;

  streams.become({ status: 'connecting', attempt: 1 });
  await settle();
  const lost = client.connection.getSnapshot();
  streams.become({ status: 'open' });
  await settle();

  expect(lost).toMatchObject({ status: 'reconnecting', transport: null });
  expect(client.connection.getSnapshot()).toMatchObject({ status: 'connected', transport: 'sse' });
  expect((await bodies(setup)).filter(({ event }) => event === 'rt:hello')).toHaveLength(2);
});

it('a stream that is refused asks for another token once, and then fails', async () => {
  const reasons: string[] = [];
  const auth: ClientOptions['auth'] = ({ reason }) => {
    reasons.push(reason);
    return 'token';
  };
  const { client, streams, link } = await blocked({ auth });
  const refused = new TabcastError('unauthorized', 'unable to stream; 401', { status: 401 });
  const end = { reason: 'failed', error: refused } as const;

  await settle(8000);
  streams.become({ status: 'closed', end });
  const meanwhile = client.connection.getSnapshot().status;
  await settle(8000);
  streams.become({ status: 'closed', end });
  await settle();

  expect(meanwhile).toBe('connecting');
  expect(client.connection.getSnapshot()).toMatchObject({
    status: 'failed',
    error: { code: 'unauthorized' },
  });
  expect(reasons).toEqual(['connect', 'connect']);
  expect(link.active).toBe(false);
});

it('a call that is refused for its token is made again with another', async () => {
  const tokens = ['first', 'second'];
  const setup = await onStream({ auth: () => tokens.shift() ?? 'third' });
  const { requests, room, link } = setup;
  const sent = requests.sent.length;
  requests.answer = async (request) =>
    request.headers.get('authorization') === 'Bearer second'
      ? Response.json(link.answer(await request.clone().json()))
      : Response.json({ error: { code: 'token_expired', message: 'm' } }, { status: 401 });

  const handle = room.send({ text: 'again' });
  await settle();

  expect(await handle.sent).toMatchObject({ text: 'again' });
  const used = requests.sent.slice(sent).map(({ headers }) => headers.get('authorization'));
  expect(used).toEqual(['Bearer first', 'Bearer second']);
});

it.each([
  ['an answer that is late', () => new Promise<Response>(() => {})],
  ['a network that fails', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['an answer that is no JSON', async () => new Response('<html>', { status: 502 })],
])('%s leaves the message to be sent again', async (_, answer) => {
  const { requests, room } = await onStream();
  const working = requests.answer;
  requests.answer = answer;
  const { sent } = room.send({ text: 'kept' });
  await settle(10_000);

  requests.answer = working;
  await settle(30_000);

  expect(await sent).toMatchObject({ text: 'kept' });
  expect(texts(room)).toEqual(['kept sent']);
});

it('shares the stream with the tabs that share the connection', async () => {
  const { link, streams } = await blocked({ device: 'browser-1' });
  link.tabs.set({ ...link.tabs.getSnapshot(), role: 'follower', sharing: 'on' });

  await settle(8000);

  const url = 'https://chat.example/rt/link?device=browser-1&connection=browser-1&v=1';
  expect(streams.opened).toEqual([
    { url, headers: { authorization: 'Bearer token' }, share: { scope: 'ann' } },
  ]);
});

it('greets again when the shared stream has moved to another tab', async () => {
  const setup = await onStream();

  setup.streams.become({ status: 'open' });
  await settle();

  expect((await bodies(setup)).filter(({ event }) => event === 'rt:hello')).toHaveLength(2);
});

it('tells when a session is upgraded', async () => {
  const { client, link } = setUp();
  let upgraded = (): void => undefined;
  const engine = {
    transport: { name: 'polling' },
    once: (_: 'upgrade', listener: () => void) => (upgraded = listener),
  };
  Object.assign(link.io, { engine });
  client.connect();
  await settle();

  const before = client.connection.getSnapshot().transport;
  engine.transport = { name: 'websocket' };
  upgraded();

  expect([before, client.connection.getSnapshot().transport]).toEqual(['polling', 'websocket']);
});

it('disconnects for good', async () => {
  const { client, link, streams } = await onStream();

  client.disconnect();
  await settle(20_000);

  expect(client.connection.getSnapshot()).toMatchObject({ status: 'closed', transport: null });
  expect([streams.wanted, link.active]).toEqual([false, false]);
});

it('renews the token when the server says that it ends, in the leading tab', async () => {
  const reasons: string[] = [];
  const { client, link } = setUp({
    auth: ({ reason }) => {
      reasons.push(reason);
      return 'newer';
    },
  });
  client.connect();
  await settle();

  link.receive('auth:expiring', { expiresAt: 1 });
  await settle();
  link.tabs.set({ ...link.tabs.getSnapshot(), role: 'follower' });
  link.receive('auth:expiring', { expiresAt: 2 });
  await settle();

  expect(link.callsOf('auth:refresh')).toEqual([{ token: 'newer' }]);
  expect(reasons).toEqual(['expiring']);
});
