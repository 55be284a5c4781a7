import type { TabcastError } from 'tabcast';

/** The token is not accepted: only another sign-in helps. */
export function isRefusal(error: TabcastError | null): boolean {
  return error?.code === 'unauthorized' || error?.code === 'token_expired';
}

/** The WebAssembly core cannot run: nothing can be sent or kept until the page is loaded again. */
export function isCoreFailure(error: TabcastError | null): boolean {
  return error?.code === 'wasm_load' || error?.code === 'wasm_csp';
}
