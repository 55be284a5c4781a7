import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { enter, nextEvent } from './harness.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test('busy_port_ends_with_one_sentence', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  onTestFinished(() => void blocker.close());
  const { port } = blocker.address() as { port: number };

  const { code, stdout, stderr } = await finished(run({ PORT: String(port) }));

  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `unable to listen; port ${port} is in use; set PORT to a free one\n`,
  });
});

test.each([
  [{ PORT: 'many' }, /^unable to start; PORT: [^\n]+\n$/],
  [{ REDIS_URL: 'redis://127.0.0.1:1' }, /^unable to start; REDIS_URL needs DATABASE_URL[^\n]+\n$/],
  [
    { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    /^unable to open the database \(DATABASE_URL\); [^\n]+\n$/,
  ],
])('setting_%j_that_cannot_work_ends_with_one_sentence', async (env, sentence) => {
  const { code, stdout, stderr } = await finished(run({ PORT: '0', ...env }));

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(sentence);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s_drains_and_ends_the_server', async (signal) => {
  const server = run({ PORT: '0' });
  const end = finished(server);
  const url = await listening(server);
  const { client } = await enter(url, 'Ann');
  const drain = nextEvent(client, 'rt:drain');

  server.kill(signal);

  expect(await drain).toEqual({ reconnectInMs: expect.any(Number) });
  expect(await end).toEqual({ code: 0, stdout: `listening on ${url}\n`, stderr: '' });
});

function run(env: Record<string, string>): ChildProcess {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN], { env: { PATH, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function listening(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return String(line).trim().replace('listening on ', '');
}

async function finished(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk: Buffer) => (output.stdout += String(chunk)));
  child.stderr!.on('data', (chunk: Buffer) => (output.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
