import { TabcastError } from '../errors.js';
import type { Core, CoreSource } from './connection.js';

let loading: Promise<Core> | undefined;

/**
 * Loads the WebAssembly core, once.
 *
 * Not needed normally: the first connection does it. Call it to load early, or to say where the
 * wasm lies (a URL, a `Response`, bytes or a compiled module). While a load is under way, and after
 * one has succeeded, further calls get its result and their argument is not looked at; after a
 * failure the next call tries again.
 *
 * @throws {@link TabcastError} `wasm_csp` if a Content Security Policy forbids WebAssembly,
 * `wasm_load` (with `cause`) if it cannot be had for another reason.
 */
export function loadCore(source?: CoreSource): Promise<Core> {
  loading ??= boot(source).catch((error: unknown) => {
    loading = undefined;
    throw asLoadError(error);
  });
  return loading;
}

async function boot(source: CoreSource | undefined): Promise<Core> {
  provideTextCoding();
  // The file is on its way while the glue is.
  const file = source === undefined && !isNode() ? fetchFile() : undefined;
  // A failure is dealt with when it is its turn.
  file?.catch(() => {});
  const core = await importGlue();
  if (source !== undefined) {
    await core.default({ module_or_path: source });
  } else if (file) {
    await bootFetched(core, file);
  } else {
    await bootInline(core);
  }
  return core;
}

async function fetchFile(): Promise<Response> {
  return fetch(new URL('../../wasm/core_bg.wasm', import.meta.url));
}

/** Falls back to the copy inside the JavaScript: a bundler or server may not deliver the file. */
async function bootFetched(core: Core, file: Promise<Response>): Promise<void> {
  try {
    await core.default({ module_or_path: file });
  } catch (error) {
    if (isCspViolation(error)) throw error;
    await bootInline(core);
  }
}

async function bootInline(core: Core): Promise<void> {
  // @ts-ignore: made by the build; the sources compile without it
  const { default: base64 } = (await import('../../wasm/core_bg.base64.js')) as { default: string };
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  await core.default({ module_or_path: bytes });
}

/** Lazy, because the glue needs `TextDecoder` as soon as it is evaluated. */
async function importGlue(): Promise<Core> {
  // @ts-ignore: made by the build; the sources compile without it
  return (await import('../../wasm/core.js')) as Core;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly type?: string;
  getBuiltinModule?(name: string): Partial<typeof globalThis> | undefined;
}

/** Through `globalThis`, because bundlers replace a bare `process` by a polyfill. */
function nodeProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process;
}

/** An Electron renderer has Node's `process`, but loads like a browser. */
function isNode(): boolean {
  const process = nodeProcess();
  return process?.versions?.node !== undefined && process.type !== 'renderer';
}

/** Jest's jsdom environment hides them, although Node has them. */
function provideTextCoding(): void {
  if (typeof TextDecoder !== 'undefined') return;
  const util = nodeProcess()?.getBuiltinModule?.('node:util');
  if (util?.TextDecoder) globalThis.TextDecoder = util.TextDecoder;
  if (util?.TextEncoder) globalThis.TextEncoder ??= util.TextEncoder;
}

/** Browsers report both a policy and damaged bytes as `CompileError`; only the text tells. */
function isCspViolation(error: unknown): boolean {
  return (
    error instanceof WebAssembly.CompileError &&
    /content security policy|unsafe-eval|\bcsp\b/i.test(error.message)
  );
}

function asLoadError(cause: unknown): TabcastError {
  if (isCspViolation(cause)) {
    return new TabcastError(
      'wasm_csp',
      "unable to start WebAssembly; the page's Content-Security-Policy forbids it: " +
        "add 'wasm-unsafe-eval' to script-src",
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TabcastError('wasm_load', `unable to load the WebAssembly core; ${reason}`, { cause });
}
