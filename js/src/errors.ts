/** What went wrong, as a word that programs can compare. The list may grow. */
export type TabcastErrorCode =
  // Answers of a server that speaks the chat contract.
  | 'unauthorized'
  | 'token_expired'
  | 'forbidden'
  | 'not_found'
  | 'invalid'
  | 'too_large'
  | 'rate_limited'
  | 'conflict'
  | 'moderated'
  | 'gap_too_large'
  | 'unavailable'
  | 'internal'
  // Found out on this side.
  | 'timeout'
  | 'disconnected'
  | 'refused'
  | 'unsupported'
  | 'wasm_load'
  | 'wasm_csp'
  | 'aborted'
  | 'logged_out'
  | 'auth_withheld'
  | 'buffer_full'
  | 'delivery_unknown';

export interface TabcastErrorOptions {
  /** Whether the same call may succeed later; by default decided by the code. */
  readonly retryable?: boolean | undefined;
  /** How long the server asks to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** What the server sent along with its refusal. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/** Every error that this package makes. */
export class TabcastError extends Error {
  override readonly name: string = 'TabcastError';
  readonly code: TabcastErrorCode;
  readonly retryable: boolean;
  declare readonly retryAfterMs?: number;
  declare readonly status?: number;
  /** What the server sent along with its refusal; `any`, as upstream. */
  declare readonly data?: any;

  constructor(code: TabcastErrorCode, message: string, options: TabcastErrorOptions = {}) {
    const { retryable, retryAfterMs, status, data, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable ?? RETRYABLE.has(code);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (status !== undefined) this.status = status;
    if (data !== undefined) this.data = data;
  }
}

/**
 * Nobody can tell whether the event was carried out: the connection was lost, or the time was up,
 * after it had been sent.
 *
 * `code` says what happened: `timeout`, `disconnected`, or `delivery_unknown` (the tab with the
 * connection is gone). An event that fails with any other error was not carried out.
 */
export class DeliveryUnknown extends TabcastError {
  override readonly name: string = 'DeliveryUnknown';
}

const RETRYABLE: ReadonlySet<TabcastErrorCode> = new Set<TabcastErrorCode>([
  'rate_limited',
  'unavailable',
  'timeout',
  'disconnected',
  'wasm_load',
  'buffer_full',
  'delivery_unknown',
]);

/**
 * Reports what a listener of the app threw, as the browser reports an uncaught exception.
 *
 * The caller goes on: one faulty listener must not keep others from hearing the event.
 */
export function reportUncaught(error: unknown): void {
  if (typeof globalThis.reportError === 'function') {
    globalThis.reportError(error);
  } else {
    queueMicrotask(() => {
      throw error;
    });
  }
}
