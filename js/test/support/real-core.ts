import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChatCore } from '../../src/chat/core.js';

/** The core of the chat as the build left it in `wasm/`; the other tests speak to a scripted one. */
export async function loadRealCore(): Promise<ChatCore> {
  return (loaded ??= load());
}

let loaded: Promise<ChatCore> | undefined;

async function load(): Promise<ChatCore> {
  const wasm = join(import.meta.dirname, '../../wasm');
  // The query keeps the name from being replaced by a scripted one.
  const url = `${pathToFileURL(join(wasm, 'chat.js')).href}?real`;
  const glue = (await import(/* @vite-ignore */ url)) as ChatCore;
  await glue.default({ module_or_path: await readFile(join(wasm, 'chat_bg.wasm')) });
  return glue;
}
