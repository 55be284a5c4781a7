import { TabcastError } from '../errors.js';

/** Why a Socket is not connected any more. */
export type DisconnectReason =
  | 'io server disconnect'
  | 'io client disconnect'
  | 'ping timeout'
  | 'transport close'
  | 'transport error'
  | 'parse error'
  | 'forced close';

/** More about it: an error, or what happened in words. */
export type DisconnectDescription = Error | { readonly description: string };

/** What comes with `disconnect` and `close`; nothing if there is nothing to add. */
export function describe(
  reason: string,
  detail: string | undefined,
): DisconnectDescription | undefined {
  if (detail === undefined) return undefined;
  if (reason === 'parse error') return new TabcastError('invalid', detail);
  if (reason === 'transport error') return new TabcastError('unavailable', detail);
  return { description: detail };
}

/** The error of a connection that did not come about. */
export function openError(message: string): TabcastError {
  return new TabcastError(message === 'timeout' ? 'timeout' : 'unavailable', message);
}

/** The error of a namespace that was refused: `{message, data?}`, or a text, or nothing. */
export function refusal(json: string): TabcastError {
  const payload = parse(json);
  if (typeof payload === 'string') return new TabcastError('refused', payload);
  const { message, data } = (payload ?? {}) as { message?: unknown; data?: unknown };
  const text = typeof message === 'string' ? message : 'the server refused the namespace';
  return new TabcastError(text === 'timeout' ? 'timeout' : 'refused', text, { data });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
