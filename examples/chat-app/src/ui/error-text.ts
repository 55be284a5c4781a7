import type { TabcastError } from 'tabcast';

type Code = TabcastError['code'];

const TEXT: Partial<Record<Code, string>> = {
  unauthorized: 'the server no longer accepts this session',
  token_expired: 'the session has expired',
  forbidden: 'you are not allowed to',
  not_found: 'the server does not know it',
  invalid: 'the server did not accept it',
  too_large: 'it is too long',
  rate_limited: 'that was too much at once',
  unavailable: 'the server is busy',
  timeout: 'the server did not answer in time',
  refused: 'the server refused it',
  disconnected: 'the connection was lost',
  wasm_csp: 'the security policy of this site does not let WebAssembly run',
  wasm_load: 'a part of the page could not be loaded',
};

/** The reason for readers; the error's own message is for developers. */
export function errorText(error: TabcastError): string {
  return TEXT[error.code] ?? 'something unexpected happened';
}
