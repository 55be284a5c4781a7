import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import {
  type Ack,
  type ClientToServer,
  type HelloReply,
  type LoginReply,
  type PresenceMeta,
  PROTOCOL_VERSION,
  RT_NAMESPACE,
  type RoomSnapshot,
  type ServerToClient,
  type UserId,
  type WireMessage,
} from 'tabcast/contract';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type RunningServer, startServer } from '../src/app.js';
import { type Config, readConfig } from '../src/config.js';

export type Client = Socket<ServerToClient, ClientToServer>;

/** Starts a server on a free port, with its data in memory, for all tests of a file. */
export function sharedServer(env: NodeJS.ProcessEnv = {}): { readonly url: string } {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer(testConfig(env));
  });
  afterAll(() => server.close());
  return {
    get url() {
      return server.url;
    },
  };
}

/** Starts a server on a free port that is closed when the test ends. */
export async function serve(env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  const server = await startServer(testConfig(env));
  onTestFinished(() => server.close());
  return server;
}

export const JWT_SECRET = 'a secret for tests only';

export function testConfig(env: NodeJS.ProcessEnv): Config {
  return readConfig({ PORT: '0', JWT_SECRET, ...env });
}

export async function login(url: string, name: string): Promise<LoginReply> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`login failed: ${await response.text()}`);
  return (await response.json()) as LoginReply;
}

/** A client that is not connected yet; it is closed when the test ends. */
export function clientOf(url: string, auth: Record<string, unknown>): Client {
  const client: Client = io(url + RT_NAMESPACE, {
    auth,
    autoConnect: false,
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
  });
  onTestFinished(() => void client.disconnect());
  return client;
}

/** Logs in, connects and says hello. */
export async function enter(
  url: string,
  name: string,
  device = `${name.replaceAll(' ', '-')}-device`,
) {
  const { token, user } = await login(url, name);
  const client = clientOf(url, { token, device, v: PROTOCOL_VERSION });
  await connect(client);
  const hello = await call<HelloReply>(client, 'rt:hello', {
    v: 1,
    device,
    kind: 'web',
    rooms: [],
  });
  return { client, token, user, device, hello: data(hello) };
}

/** Connects; rejects with the server's reason if it refuses. */
export async function connect(client: Client): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connect', resolve);
    client.once('connect_error', reject);
  });
  client.connect();
  await connected;
}

/** Emits any event with any payload and waits for its answer. */
export function call<T>(client: Client, event: string, ...payload: unknown[]): Promise<Ack<T>> {
  return (client as Socket).timeout(30_000).emitWithAck(event, ...payload) as Promise<Ack<T>>;
}

export function data<T>(answer: Ack<T>): T {
  if (!answer.ok) throw new Error(`refused: ${answer.error.code} ${answer.error.message}`);
  return answer.data;
}

export function join(client: Client, roomId = 'general', rest: object = {}): Promise<RoomSnapshot> {
  return call<RoomSnapshot>(client, 'room:join', { roomId, ...rest }).then(data);
}

/** Sends a message with a `cid` of its own, unless `rest` has one. */
export function send(
  client: Client,
  text: string,
  rest: object = {},
  roomId = 'general',
): Promise<WireMessage> {
  const request = { roomId, cid: randomUUID(), text, ...rest };
  return call<WireMessage>(client, 'msg:send', request).then(data);
}

/** Starts watching these users; gives their entries. */
export async function watch(
  client: Client,
  ...users: UserId[]
): Promise<Record<UserId, PresenceMeta[]>> {
  const answer = await call<{ users: Record<UserId, PresenceMeta[]> }>(client, 'presence:watch', {
    users,
    on: true,
  });
  return data(answer).users;
}

export function errorCode(answer: Ack<unknown>): string {
  return answer.ok ? 'ok' : answer.error.code;
}

/** The first such event from now on that `accepts` does not turn down. */
export function nextEvent<T = unknown>(
  client: Client,
  event: string,
  accepts: (value: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const untyped = client as Socket;
    const timer = setTimeout(() => done(() => reject(new Error(`no ${event} came`))), 10_000);
    const listener = (value: T): void => {
      if (accepts(value)) done(() => resolve(value));
    };
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      untyped.off(event, listener);
      settle();
    };
    untyped.on(event, listener);
  });
}

/** Everything of this kind that comes from now on. */
export function collect<T>(client: Client, event: string): T[] {
  const seen: T[] = [];
  (client as Socket).on(event, (value: T) => seen.push(value));
  return seen;
}

/** Cuts the connection as a broken network does: without a word. */
export async function cut(client: Client): Promise<void> {
  const gone = nextEvent(client, 'disconnect');
  const { transport } = client.io.engine as unknown as {
    transport: { ws: { _socket: NodeSocket } };
  };
  transport.ws._socket.destroy();
  await gone;
}

interface NodeSocket {
  destroy(): void;
}
