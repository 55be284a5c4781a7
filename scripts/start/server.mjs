import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../lib/errors.mjs';
import { filesBelow } from '../lib/fingerprint.mjs';
import { inRoot, toolsDir } from '../lib/paths.mjs';
import { start } from '../lib/run.mjs';

const POLL_MS = 100;
const DEADLINE_MS = 60_000;
const WASM_MAGIC = Buffer.from('\0asm');

/**
 * Starts the reference server and waits until it, the app and the app's wasm really answer.
 *
 * @returns {Promise<{ url: string, log: string, ended: Promise<never> }>} `ended` rejects when the server ends
 */
export async function startServer(port, onLine) {
  const url = `http://localhost:${port}`;
  const log = join(toolsDir, 'server.log');
  mkdirSync(toolsDir, { recursive: true });
  const args = [inRoot('examples', 'chat-api', 'dist', 'main.js')];
  const server = start(process.execPath, args, { env: { PORT: String(port) }, log, onLine });
  const ended = server.ended.then((code) => Promise.reject(server.failure(code)));
  await Promise.race([ended, answers(url)]);
  return { url, log, ended };
}

async function answers(url) {
  await untilHealthy(`${url}/health`);
  const page = await fetch(`${url}/`);
  if (!page.ok || !(await page.text()).includes('<script')) {
    throw new Problem(`the server runs, but ${url}/ is not the app (status ${page.status})`);
  }
  const dist = inRoot('examples', 'chat-app', 'dist');
  const [wasm] = filesBelow(dist).filter((path) => path.endsWith('.wasm'));
  if (!wasm) throw new Problem('the built app has no .wasm in examples/chat-app/dist');
  const response = await fetch(`${url}/${wasm.replaceAll('\\', '/')}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!bytes.subarray(0, WASM_MAGIC.length).equals(WASM_MAGIC)) {
    throw new Problem(
      `the server runs, but /${wasm} is not WebAssembly (status ${response.status})`,
    );
  }
}

async function untilHealthy(url) {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const healthy = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Problem(`the server did not answer at ${url} within ${DEADLINE_MS / 1000} s`);
}
