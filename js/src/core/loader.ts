import { TabcastError } from '../errors.js';
import type { CoreSource } from './connection.js';

/** The module that wasm-bindgen generates beside a file of wasm. */
export interface Glue {
  default(options: { module_or_path: CoreSource | Promise<Response> }): Promise<unknown>;
}

/** Where the parts of a file of wasm lie. Each is written out, as bundlers look for it in the code. */
export interface Places {
  file(): URL;
  readonly glue: unknown;
  inlineCopy(): Promise<unknown>;
}

/**
 * Makes the function that loads a file of wasm, once.
 *
 * While a load is under way, and after one has succeeded, further calls get its result and their
 * argument is not looked at; after a failure the next call tries again.
 */
export function loader<Module extends Glue>(
  places: Places,
): (source?: CoreSource) => Promise<Module> {
  let loading: Promise<Module> | undefined;
  return (source) => {
    loading ??= boot<Module>(places, source).catch((error: unknown) => {
      loading = undefined;
      throw asLoadError(error);
    });
    return loading;
  };
}

async function boot<Module extends Glue>(
  places: Places,
  source: CoreSource | undefined,
): Promise<Module> {
  provideTextCoding();
  const module = places.glue as Module;
  if (source !== undefined) {
    await module.default({ module_or_path: source });
  } else if (isNode()) {
    await bootInline(module, places);
  } else {
    await bootFetched(module, places);
  }
  return module;
}

/** Falls back to the copy inside the JavaScript: a bundler or server may not deliver the file. */
async function bootFetched(module: Glue, places: Places): Promise<void> {
  try {
    await module.default({ module_or_path: fetch(places.file()) });
  } catch (error) {
    if (isCspViolation(error)) throw error;
    await bootInline(module, places);
  }
}

async function bootInline(module: Glue, places: Places): Promise<void> {
  const { default: base64 } = (await places.inlineCopy()) as { default: string };
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  await module.default({ module_or_path: bytes });
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
