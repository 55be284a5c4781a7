/** Milliseconds since 1970 on the server's clock. */
export type EpochMs = number;

/** A value that survives `JSON.stringify` and `JSON.parse`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every reason for which a server refuses a call. A client treats an unknown one as `internal`. */
export const ERROR_CODES = [
  'unauthorized',
  'token_expired',
  'forbidden',
  'not_found',
  'invalid',
  'too_large',
  'rate_limited',
  'conflict',
  'gap_too_large',
  'unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface WireError {
  code: ErrorCode;
  /** A sentence for developers: "unable to <do>; <reason>". */
  message: string;
  /** Whether the same call may succeed later. */
  retryable: boolean;
  /** The earliest time for the next try, in milliseconds from now. */
  retryAfterMs?: number;
  details?: Json;
}

/**
 * Every acknowledged event is answered with exactly one of these.
 *
 * Always an object, and never with a top-level key `event`: NestJS would not send the first and
 * would emit the second as an event instead.
 */
export type Ack<T> =
  { ok: true; data: T; ts: EpochMs } | { ok: false; error: WireError; ts: EpochMs };

/** The body of every HTTP response with a status of 400 and above. */
export interface HttpFailure {
  error: WireError;
}
