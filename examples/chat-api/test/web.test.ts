import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOf, connect, login, serve, sharedServer } from './harness.js';

const app = join(tmpdir(), `chat-app-${process.pid}`);

beforeAll(async () => {
  await mkdir(join(app, 'assets'), { recursive: true });
  await writeFile(join(app, 'index.html'), '<!doctype html><title>chat</title>');
  await writeFile(join(app, 'assets', 'core-1a2b.wasm'), new Uint8Array([0, 97, 115, 109]));
});

afterAll(() => rm(app, { recursive: true }));

const server = sharedServer({ STATIC_DIR: app });

test.each(['/', '/rooms/general', '/index.html'])('page_%s_is_the_app', async (path) => {
  const response = await get(path, { Accept: 'text/html' });

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(await response.text()).toContain('<title>chat</title>');
});

test('wasm_is_served_with_its_type_and_kept_by_the_browser', async () => {
  const { headers } = await get('/assets/core-1a2b.wasm');

  expect(headers.get('content-type')).toBe('application/wasm');
  expect(headers.get('cache-control')).toContain('immutable');
});

test.each(['/assets/gone.js', '/api/nothing', '/rt/nothing'])(
  'missing_%s_is_not_the_app',
  async (path) => {
    const response = await get(path, { Accept: 'text/html' });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  },
);

test('policy_allows_wasm_and_sockets_but_no_foreign_script', async () => {
  const { headers } = await get('/');

  const policy = headers.get('content-security-policy')?.split('; ');
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(policy).toContain("connect-src 'self' ws: wss:");
  expect(headers.get('x-powered-by')).toBeNull();
});

test('only_origins_of_this_machine_may_call_by_default', async () => {
  const allowed = async (origin: string): Promise<string | null> => {
    const { headers } = await get('/health', { Origin: origin });
    return headers.get('access-control-allow-origin');
  };

  expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
  expect(await allowed('http://127.0.0.1:80')).toBe('http://127.0.0.1:80');
  expect(await allowed('https://localhost.evil.example')).toBeNull();
  expect(await allowed('https://evil.example')).toBeNull();
});

test('named_origins_replace_the_default', async () => {
  const { url } = await serve({ CORS_ORIGIN: 'https://chat.example, https://other.example' });
  const allowed = async (path: string, origin: string): Promise<string | null> => {
    const { headers } = await fetch(url + path, { headers: { Origin: origin } });
    return headers.get('access-control-allow-origin');
  };

  expect(await allowed('/health', 'https://other.example')).toBe('https://other.example');
  expect(await allowed('/health', 'http://localhost:5173')).toBeNull();
  const polling = '/socket.io/?EIO=4&transport=polling';
  expect(await allowed(polling, 'https://chat.example')).toBe('https://chat.example');
  expect(await allowed(polling, 'http://localhost:5173')).toBeNull();
});

test('bad_body_gets_a_typed_error', async () => {
  const post = (body: string, type = 'application/json'): Promise<Response> =>
    fetch(`${server.url}/api/login`, { method: 'POST', body, headers: { 'Content-Type': type } });

  const answers = await Promise.all([
    post('{"name":'),
    post('{"name": 5}'),
    post('[]'),
    post('name=Ann', 'text/plain'),
    post(JSON.stringify({ name: 'x'.repeat(200_000) })),
  ]);
  const codes = await Promise.all(
    answers.map(
      async (answer) => ((await answer.json()) as { error: { code: string } }).error.code,
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 413]);
  expect(codes).toEqual(['invalid', 'invalid', 'invalid', 'invalid', 'too_large']);
});

test('socket_also_works_over_polling', async () => {
  const { token } = await login(server.url, 'Ann');
  const client = clientOf(server.url, { token, device: 'd', v: 1 });
  client.io.opts.transports = ['polling'];

  await connect(client);

  expect(client.io.engine.transport.name).toBe('polling');
});

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url + path, { headers });
}
