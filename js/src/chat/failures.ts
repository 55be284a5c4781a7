import { TabcastError } from '../errors.js';
import type { Failure } from './core.js';

export function toError(failure: Failure): TabcastError {
  const { code, message, retryable, retryAfterMs } = failure;
  return new TabcastError(code, message, { retryable, retryAfterMs });
}

/** Whatever a call threw, as the failure of a call. */
export function toFailure(error: unknown): Failure {
  if (error instanceof TabcastError) {
    const { code, message, retryable, retryAfterMs } = error;
    return { code, message, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  return { code: 'internal', message: `unable to call; ${String(error)}`, retryable: true };
}
