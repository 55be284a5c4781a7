import type { Ack, ErrorCode, Json, WireError } from 'tabcast/contract';

/** A refusal that the caller is told of. */
export class WireException extends Error {
  override readonly name = 'WireException';

  constructor(
    readonly code: ErrorCode,
    message: string,
    private readonly extra: { retryAfterMs?: number; details?: Json } = {},
  ) {
    super(message);
  }

  get wire(): WireError {
    const { code, message, extra } = this;
    return { code, message, retryable: RETRYABLE.has(code), ...extra };
  }
}

/** What the caller is told of `error`: nothing of its inside if it is a fault of the server. */
export function wireError(error: unknown): WireError {
  if (error instanceof WireException) return error.wire;
  return new WireException('internal', 'unable to answer; the server failed').wire;
}

export function ok<T>(data: T): Ack<T> {
  return { ok: true, data, ts: Date.now() };
}

export function refused(error: WireError): Ack<never> {
  return { ok: false, error, ts: Date.now() };
}

// An internal fault may be gone at the next try, and giving up would lose a message.
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'rate_limited',
  'unavailable',
  'internal',
]);
