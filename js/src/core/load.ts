// @ts-ignore: made by the build; the sources compile without it
import * as glue from '../../wasm/core.js';
import type { Core } from './connection.js';
import { loader } from './loader.js';

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
export const loadCore = /* @__PURE__ */ loader<Core>({
  file: () => new URL('../../wasm/core_bg.wasm', import.meta.url),
  glue,
  // @ts-ignore: made by the build; the sources compile without it
  inlineCopy: () => import('../../wasm/core_bg.base64.js'),
});
