import { expect, test } from 'vitest';
import { TokenService } from '../src/auth/token.service.js';
import type { RenewReply, StatsReply, WireError } from 'tabcast/contract';
import {
  call,
  type Client,
  clientOf,
  collect,
  data,
  connect,
  enter,
  errorCode,
  join,
  login,
  nextEvent,
  serve,
  sharedServer,
  testConfig,
} from './harness.js';

const server = sharedServer();

test('same_name_is_the_same_user_however_it_is_written', async () => {
  const first = await login(server.url, 'Ann Lee');
  const second = await login(server.url, '  ann   LEE ');

  expect(second.user.id).toBe(first.user.id);
  expect(second.user.name).toBe('ann LEE');
});

test.each([
  ['', 'empty'],
  ['   ', 'blank'],
  ['x'.repeat(33), 'too long'],
  ['a\u0007b', 'control'],
])('name_%j_is_refused_as_%s', async (name) => {
  const response = await fetch(`${server.url}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
  });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid', retryable: false } });
});

test('handshake_that_is_not_valid_is_refused_with_a_reason', async () => {
  const { token } = await login(server.url, 'Ann');

  const refusals = [
    await refusal({}),
    await refusal({ token: 'nonsense', device: 'd', v: 1 }),
    await refusal({ token, device: 'not a device', v: 1 }),
    await refusal({ token, device: 'd', v: 2 }),
  ];

  expect(refusals.map(({ code, retryable }) => [code, retryable])).toEqual([
    ['unauthorized', false],
    ['unauthorized', false],
    ['invalid', false],
    ['invalid', false],
  ]);
  expect(refusals[3]?.message).toBe('unable to connect; auth.v: this server speaks version 1');
});

test('expired_token_is_refused_as_expired', async () => {
  const expired = new TokenService({ ...testConfig({}), tokenTtlMs: -60_000 });
  const { token } = await expired.issue({ id: 'u-1', name: 'Ann' });

  const { code } = await refusal({ token, device: 'd', v: 1 });
  const overHttp = await fetch(`${server.url}/api/rooms`, {
    headers: { Authorization: `Bearer ${token}` },
  });

  expect(code).toBe('token_expired');
  expect(overHttp.status).toBe(401);
  expect(await overHttp.json()).toMatchObject({ error: { code: 'token_expired' } });
});

test('connection_whose_token_ends_is_warned_and_then_ended', async () => {
  const { url } = await serve({ TOKEN_TTL_SEC: '5', AUTH_WARNING_MS: '3000' });
  const { token, expiresAt } = await login(url, 'Ann');
  const client = clientOf(url, { token, device: 'd', v: 1 });
  const expiring = nextEvent<{ expiresAt: number }>(client, 'auth:expiring');
  const gone = nextEvent<string>(client, 'disconnect');
  await connect(client);

  const warning = await expiring;
  const left = warning.expiresAt - Date.now();

  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(3000);
  // A token counts in whole seconds.
  expect(warning.expiresAt).toBe(Math.floor(expiresAt / 1000) * 1000);
  expect(await gone).toBe('io server disconnect');
});

test('connection_that_renews_its_token_stays', async () => {
  const { url } = await serve({ TOKEN_TTL_SEC: '5', AUTH_WARNING_MS: '3000' });
  const { token } = await login(url, 'Ann');
  const client = clientOf(url, { token, device: 'd', v: 1 });
  const gone = collect(client, 'disconnect');
  const expiring = nextEvent<{ expiresAt: number }>(client, 'auth:expiring');
  await connect(client);
  const { expiresAt } = await expiring;
  const renewed = (await (
    await fetch(`${url}/api/renew`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    })
  ).json()) as RenewReply;

  const same = await call<{ expiresAt: number }>(client, 'auth:refresh', { token });
  const newer = await call<{ expiresAt: number }>(client, 'auth:refresh', {
    token: renewed.token,
  });
  const again = await nextEvent<{ expiresAt: number }>(client, 'auth:expiring');

  expect(data(same).expiresAt).toBe(expiresAt);
  expect(data(newer).expiresAt).toBe(again.expiresAt);
  expect(again.expiresAt).toBeGreaterThan(expiresAt);
  expect(gone).toEqual([]);
});

test('token_of_somebody_else_or_of_nobody_renews_nothing', async () => {
  const { client } = await enter(server.url, 'Ann');
  const { token } = await login(server.url, 'Bob');

  const refused = [
    await call(client, 'auth:refresh', { token }),
    await call(client, 'auth:refresh', { token: 'nonsense' }),
    await call(client, 'auth:refresh', {}),
  ];

  expect(refused.map(errorCode)).toEqual(['forbidden', 'unauthorized', 'invalid']);
});

test('logins_of_an_address_are_limited', async () => {
  const { url } = await serve({ LOGINS_PER_MIN: '3' });
  const attempt = (): Promise<Response> =>
    fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Ann' }),
    });

  const answers = [await attempt(), await attempt(), await attempt(), await attempt()];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(await answers[3]?.json()).toMatchObject({ error: { code: 'rate_limited' } });
});

test('hello_joins_rooms_and_names_those_it_cannot', async () => {
  const { client, user, device } = await enter(server.url, 'Ann');

  const hello = data(
    await call<Record<string, unknown>>(client, 'rt:hello', {
      v: 1,
      device,
      kind: 'web',
      rooms: [{ roomId: 'general' }, { roomId: 'nowhere' }],
    }),
  );

  expect(hello).toMatchObject({
    user: user.id,
    limits: { typingTtlMs: 7000, syncMax: 500 },
    rooms: [{ roomId: 'general', firstSeq: 1, members: expect.arrayContaining([user]) }],
    denied: [{ roomId: 'nowhere', error: { code: 'not_found' } }],
  });
});

test('token_older_than_the_database_still_counts', async () => {
  const { token } = await new TokenService(testConfig({})).issue({ id: 'u-old', name: 'Old' });
  const client = clientOf(server.url, { token, device: 'd', v: 1 });
  await connect(client);

  const { members } = await join(client);
  const users = await fetch(`${server.url}/api/users`, {
    headers: { Authorization: `Bearer ${token}` },
  });

  expect(members).toContainEqual({ id: 'u-old', name: 'Old' });
  expect(await users.json()).toMatchObject({
    users: expect.arrayContaining([{ id: 'u-old', name: 'Old' }]),
  });
});

test('rooms_are_listed_to_those_who_are_logged_in', async () => {
  const { token } = await login(server.url, 'Ann');

  const anonymous = await fetch(`${server.url}/api/rooms`);
  const known = await fetch(`${server.url}/api/rooms`, {
    headers: { Authorization: `Bearer ${token}` },
  });

  expect(anonymous.status).toBe(401);
  expect(await known.json()).toMatchObject({
    rooms: [{ roomId: 'general', name: 'General' }, { roomId: 'random' }, { roomId: 'support' }],
  });
});

test('stats_count_connections_by_user', async () => {
  const before = await stats();
  const ann = await enter(server.url, 'Stats Ann');
  await enter(server.url, 'Stats Ann', 'second-device');
  const bob = await enter(server.url, 'Stats Bob');

  // Connections of earlier tests may still be on their way out.
  await expect.poll(async () => (await stats()).connections).toBe(3);
  const now = await stats({ Authorization: `Bearer ${ann.token}` });
  const anonymous = await stats();
  const health = await (await fetch(`${server.url}/health`)).json();

  expect(now).toEqual({
    connections: 3,
    opened: before.opened + 3,
    streams: 0,
    users: [
      { ...ann.user, connections: 2 },
      { ...bob.user, connections: 1 },
    ],
  });
  expect(anonymous).toEqual({ connections: 3, opened: before.opened + 3, streams: 0 });
  expect(health).toEqual({ ok: true, connections: 3 });
});

test('unknown_event_is_answered', async () => {
  const { client } = await enter(server.url, 'Ann');

  expect(errorCode(await call(client, 'room:explode', {}))).toBe('invalid');
});

test('closing_server_says_so_and_clients_may_come_back', async () => {
  const closing = await serve();
  const { client } = await enter(closing.url, 'Ann');
  const drain = nextEvent<{ reconnectInMs: number }>(client, 'rt:drain');
  const gone = nextEvent<string>(client, 'disconnect');

  await closing.close();

  expect((await drain).reconnectInMs).toBeLessThanOrEqual(1000);
  expect(await gone).toBe('transport close');
});

async function refusal(auth: Record<string, unknown>): Promise<WireError> {
  const client: Client = clientOf(server.url, auth);
  client.connect();
  const error = await nextEvent<Error & { data: WireError }>(client, 'connect_error');
  return error.data;
}

async function stats(headers: Record<string, string> = {}): Promise<StatsReply> {
  return (await (await fetch(`${server.url}/api/stats`, { headers })).json()) as StatsReply;
}
