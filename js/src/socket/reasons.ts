import { TabcastError } from '../errors.js';

/** Why a Socket is not connected any more. */
export type DisconnectReason =
  | 'io server disconnect'
  | 'io client disconnect'
  | 'ping timeout'
  | 'transport close'
  | 'transport error'
  | 'parse error'
  | 'forced close'
  /** The user logged out, in this tab or another: `Manager.logout()`. */
  | 'logout';

/** More about it: an error, or what happened in words. */
export type DisconnectDescription = Error | { readonly description: string };

/** What comes with `disconnect` and `close`: an error if it was one, else what there is to add. */
export function describe(
  reason: string,
  detail: string | undefined,
  status?: number,
  refused?: string,
): DisconnectDescription | undefined {
  if (reason === 'parse error') return new TabcastError('invalid', detail ?? reason);
  if (reason === 'transport error') return openError(detail ?? reason, status, refused);
  return detail === undefined ? undefined : { description: detail };
}

/**
 * What comes with the `disconnect` of a Socket.
 *
 * @param more JSON of what the server refused with, or of the request that failed
 */
export function describeEnd(
  reason: string,
  detail: string | undefined,
  more: string | undefined,
): DisconnectDescription | undefined {
  if (more === undefined) return describe(reason, detail);
  if (reason !== 'transport error') return refusal(more);
  const { status, message } = parse(more) as { status: number; message: string };
  return describe(reason, detail, status, message || undefined);
}

/** The error of a transport that cannot be used, or not any more. */
export class TransportError extends TabcastError {
  /** As upstream names it. */
  readonly type = 'TransportError';
  /** HTTP status of the request that failed; 0: it had none; `undefined`: it was none. */
  readonly description: number | undefined;

  /** @param refused what the server gave as its reason, such as `Session ID unknown` */
  constructor(message: string, status: number | undefined, refused: string | undefined) {
    super('unavailable', message, {
      status: status || undefined,
      data: refused === undefined ? undefined : { message: refused },
    });
    this.description = status;
  }
}

/** The core's word for it. */
const AUTH_WITHHELD = 'auth withheld';
const WITHHELD =
  'unable to connect; the tab that leads has no Socket in the namespace, and `tabs.shareAuth` is off';

/** The core's word for an answer to CONNECT without a session id. */
export const VERSION_MISMATCH = 'version mismatch';
const VERSION_2 =
  'It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)';

/** The error of a connection that did not come about. */
export function openError(message: string, status?: number, refused?: string): TabcastError {
  if (message === AUTH_WITHHELD) return new TabcastError('auth_withheld', WITHHELD);
  if (message === VERSION_MISMATCH) return new TabcastError('unavailable', VERSION_2);
  if (message === 'timeout') return new TabcastError('timeout', message);
  return /^(xhr|websocket) /.test(message)
    ? new TransportError(message, status, refused)
    : new TabcastError('unavailable', message);
}

/** The error of a namespace that lost its connection, or has no valid one, but tries again. */
export function interruption(json: string): TabcastError {
  return openError(refusal(json).message);
}

/** The error of a namespace that was refused: `{message, data?}`, or a text, or nothing. */
export function refusal(json: string): TabcastError {
  const payload = parse(json);
  if (typeof payload === 'string') return new TabcastError('refused', payload);
  const { message, data } = (payload ?? {}) as { message?: unknown; data?: unknown };
  const text =
    typeof message === 'string' && message ? message : 'the server refused the namespace';
  return new TabcastError(text === 'timeout' ? 'timeout' : 'refused', text, { data });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
