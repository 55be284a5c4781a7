import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Authenticator } from '../src/chat/authenticator.js';
import { Connection } from '../src/chat/connection.js';
import type { ConnectionState, ClientOptions } from '../src/chat/types.js';
import { TabcastError } from '../src/errors.js';
import { FakeLink } from './support/chat.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

interface Bench {
  readonly connection: Connection;
  readonly link: FakeLink;
  readonly provided: object[];
  readonly connects: () => number;
  readonly state: () => ConnectionState;
}

/** A link that asks for a token whenever it connects, as a Socket does. */
function bench(auth: ClientOptions['auth'] = () => 'token'): Bench {
  const link = new FakeLink();
  const authenticator = new Authenticator(auth, 'device');
  const connection = new Connection(link, authenticator, {
    suspendedAfterMs: 120_000,
    idleDisconnectMs: 5000,
  });
  const provided: object[] = [];
  let connects = 0;
  link.on('asked to connect', () => {
    connects += 1;
    authenticator
      .provide((data) => provided.push(data))
      .catch((cause: unknown) => {
        link.refuse(new TabcastError('unauthorized', 'unable to connect; auth failed', { cause }));
      });
  });
  const state = (): ConnectionState => connection.state.getSnapshot();
  return { connection, link, provided, connects: () => connects, state };
}

function refused(code: string, retryable = false): TabcastError {
  return new TabcastError('refused', 'as told', { data: { code, message: 'as told', retryable } });
}

it('connects for the first holder and disconnects a while after the last', async () => {
  const { connection, link, connects, state } = bench();

  const releases = [connection.hold(), connection.hold()];
  const connecting = state().status;
  link.up();
  const connected = state();
  for (const release of releases) {
    release();
    release();
  }
  await vi.advanceTimersByTimeAsync(4999);
  connection.hold()();
  await vi.advanceTimersByTimeAsync(4999);
  const active = link.active;
  await vi.advanceTimersByTimeAsync(1);

  expect(connecting).toBe('connecting');
  expect(connected).toMatchObject({ status: 'connected', since: Date.now() - 9999 });
  expect(active).toBe(true);
  expect(connects()).toBe(1);
  expect(link.active).toBe(false);
  expect(state().status).toBe('idle');
});

it('stays connected without holders if the app connects, and closed if it disconnects', async () => {
  const { connection, link, state } = bench();

  connection.connect();
  link.up();
  connection.hold()();
  await vi.advanceTimersByTimeAsync(10_000);
  const kept = state().status;
  connection.disconnect();
  connection.hold();

  expect(kept).toBe('connected');
  expect(state().status).toBe('closed');
  expect(link.active).toBe(false);
});

it('gives the token of the app and never keeps it', async () => {
  const auth = vi.fn(async ({ attempt }: { attempt: number }) => `token ${attempt}`);
  const { connection, link, provided } = bench(auth);

  connection.hold();
  await vi.advanceTimersByTimeAsync(0);
  link.refuse(refused('unavailable', true));
  await vi.advanceTimersByTimeAsync(1000);

  expect(provided).toEqual([
    { token: 'token 1', device: 'device', v: 1 },
    { token: 'token 2', device: 'device', v: 1 },
  ]);
});

it.each([
  ['token_expired', 'expired'],
  ['unauthorized', 'unauthorized'],
] as const)('asks once more for a token after %s, then fails', async (code, reason) => {
  const auth = vi.fn<ClientOptions['auth']>(() => 'token');
  const { connection, link, connects, state } = bench(auth);

  connection.hold();
  link.refuse(refused(code));
  const between = state();
  link.refuse(refused(code));
  await vi.advanceTimersByTimeAsync(60_000);

  expect(auth.mock.calls.map(([context]) => context.reason)).toEqual(['connect', reason]);
  expect(between.status).toBe('connecting');
  expect(connects()).toBe(2);
  expect(state()).toMatchObject({ status: 'failed', error: { code, retryable: false } });
});

it('asks as for the first time once it was connected', () => {
  const auth = vi.fn<ClientOptions['auth']>(() => 'token');
  const { connection, link } = bench(auth);
  connection.hold();
  link.refuse(refused('token_expired'));
  link.up();
  link.down();

  link.refuse(refused('token_expired'));

  expect(auth.mock.calls.map(([{ reason, attempt }]) => [reason, attempt])).toEqual([
    ['connect', 1],
    ['expired', 2],
    ['expired', 1],
  ]);
});

it('tries later when the app has no token', async () => {
  const auth = vi.fn<ClientOptions['auth']>().mockRejectedValueOnce(new Error('no network'));
  auth.mockResolvedValue('token');
  const { connection, provided, state } = bench(auth);

  connection.hold();
  await vi.advanceTimersByTimeAsync(0);
  const failed = state();
  await vi.advanceTimersByTimeAsync(1000);

  expect(failed).toMatchObject({
    status: 'reconnecting',
    attempt: 1,
    error: { code: 'unauthorized', cause: { message: 'no network' } },
  });
  expect(provided).toHaveLength(1);
});

it('fails at once when the server forbids it, until the app connects again', () => {
  const { connection, link, connects, state } = bench();
  connection.hold();

  link.refuse(refused('forbidden'));
  connection.hold();
  const failed = state();
  connection.connect();
  link.up();

  expect(failed).toMatchObject({ status: 'failed', error: { code: 'forbidden' } });
  expect(connects()).toBe(2);
  expect(state()).toMatchObject({ status: 'connected', error: null });
});

it('is suspended when it was lost for long, and recovers from that', async () => {
  const { connection, link, state } = bench();
  connection.hold();
  link.up();

  link.down();
  const lost = state().status;
  await vi.advanceTimersByTimeAsync(120_000);
  link.refuse(new TabcastError('unavailable', 'websocket error'), true);
  const suspended = state();
  link.up();

  expect(lost).toBe('reconnecting');
  expect(suspended).toMatchObject({ status: 'suspended', error: { code: 'unavailable' } });
  expect(state()).toMatchObject({ status: 'connected', error: null });
});

it('is offline when an attempt fails and the browser has no network', () => {
  const { connection, link, state } = bench();
  vi.stubGlobal('navigator', { onLine: false });
  connection.hold();
  const before = state().status;

  link.refuse(new TabcastError('unavailable', 'websocket error'), true);

  expect(before).toBe('connecting');
  expect(state().status).toBe('offline');
});

it('comes back when the server ended the namespace', async () => {
  const { connection, link, connects } = bench();
  connection.hold();
  link.up();

  link.active = false;
  link.down('io server disconnect');
  await vi.advanceTimersByTimeAsync(500);

  expect(connects()).toBe(2);
});

it('ends the wait for a token that is not needed any more', async () => {
  let signal: AbortSignal | undefined;
  const { connection, provided } = bench((context) => {
    signal = context.signal;
    return new Promise((resolve) => setTimeout(() => resolve('late'), 1000));
  });
  connection.hold();

  connection.disconnect();
  await vi.advanceTimersByTimeAsync(1000);

  expect(signal?.aborted).toBe(true);
  expect(provided).toEqual([]);
});
