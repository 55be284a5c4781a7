import { TabcastError, type TabcastErrorCode } from '../errors.js';
import type { StreamFailure } from './types.js';
import type { WireFailure } from './wire.js';

/** What the app is told about a failure. */
export function describe(
  failure: WireFailure,
  retryInMs: number | undefined,
  cause: unknown,
): StreamFailure {
  return {
    ...failure,
    willRetry: retryInMs !== undefined,
    retryInMs,
    error: streamError(failure, cause),
  };
}

/** The error that stands for a failure. */
export function streamError(failure: WireFailure, cause?: unknown): TabcastError {
  const { status } = failure;
  return new TabcastError(code(failure), `unable to keep the event stream; ${reason(failure)}`, {
    status,
    cause,
  });
}

function code({ kind, status = 0 }: WireFailure): TabcastErrorCode {
  switch (kind) {
    case 'idle-timeout':
    case 'open-timeout':
      return 'timeout';
    case 'too-large':
      return 'too_large';
    case 'content-type':
    case 'protocol':
      return 'invalid';
    case 'status':
      return statusCode(status);
    default:
      return 'disconnected';
  }
}

function statusCode(status: number): TabcastErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status >= 500 || status === 408 || status === 425 ? 'unavailable' : 'invalid';
}

function reason({ kind, status, contentType, part }: WireFailure): string {
  switch (kind) {
    case 'content-type':
      return `the response is ${contentType ?? 'of no type'}, not text/event-stream`;
    case 'ended':
      return 'the server ended it';
    case 'headers':
      return 'the request headers could not be had';
    case 'idle-timeout':
      return 'nothing came for too long';
    case 'network':
      return 'the network failed, or the server does not allow this origin';
    case 'open-timeout':
      return 'there was no response in time';
    case 'protocol':
      return 'the request cannot be made or the response has no body';
    case 'status':
      return `the server answered ${status}`;
    case 'too-large':
      return `the ${part} of an event is over its limit`;
  }
}
