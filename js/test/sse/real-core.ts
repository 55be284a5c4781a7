import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Core } from '../../src/core/connection.js';
import type { StreamCore } from '../../src/sse/wire.js';

const glue = new URL('../../wasm/core.js', import.meta.url);
const wasm = new URL('../../wasm/core_bg.wasm', import.meta.url);

let exported: Record<string, unknown> = {};

/** Whether the core has been built. */
export const isBuilt = existsSync(fileURLToPath(wasm));

/** The core that the build made, past the loader, which unit tests give a scripted one. */
export async function loadBuiltCore(): Promise<StreamCore> {
  // As a data URL the glue is out of reach of the test runner's aliases.
  const source = await readFile(glue, 'base64');
  const core = (await import(/* @vite-ignore */ `data:text/javascript;base64,${source}`)) as Core;
  const given = await core.default({ module_or_path: await readFile(wasm) });
  exported = given as Record<string, unknown>;
  return core;
}

/** How much memory the core has taken, in bytes. It gives none back. */
export function coreBytes(): number {
  const isMemory = (it: unknown) => it instanceof WebAssembly.Memory;
  return Object.values(exported).find(isMemory)?.buffer.byteLength ?? NaN;
}
