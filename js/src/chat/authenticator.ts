import { PROTOCOL_VERSION, type HandshakeAuth } from '../contract/index.js';
import type { AuthContext, ClientOptions } from './types.js';

/** Asks the app for a token whenever the namespace connects. */
export class Authenticator {
  readonly #ask: ClientOptions['auth'];
  readonly #device: string;
  #reason: AuthContext['reason'] = 'connect';
  #attempt = 0;
  #abort = new AbortController();
  #end = new AbortController();

  constructor(ask: ClientOptions['auth'], device: string) {
    this.#ask = ask;
    this.#device = device;
  }

  /** The `auth` of the Socket. */
  readonly provide = async (give: (auth: HandshakeAuth) => void): Promise<void> => {
    this.#attempt += 1;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const token = await this.#ask({ reason: this.#reason, attempt: this.#attempt, signal });
    if (!signal.aborted) give({ token, device: this.#device, v: PROTOCOL_VERSION });
  };

  /** A token for something else than the handshake. */
  readonly token = async (reason: AuthContext['reason']): Promise<string> =>
    this.#ask({ reason, attempt: 1, signal: this.#end.signal });

  /** The server took the token. */
  accepted(): void {
    this.#reason = 'connect';
    this.#attempt = 0;
  }

  /** The server refused with `code`; gives whether another token may help. */
  refused(code: unknown): boolean {
    if (this.#reason !== 'connect') return false;
    if (code === 'token_expired') this.#reason = 'expired';
    else if (code === 'unauthorized') this.#reason = 'unauthorized';
    return this.#reason !== 'connect';
  }

  /** No token is needed any more. */
  stop(): void {
    this.#abort.abort();
    this.#end.abort();
    this.#end = new AbortController();
    this.accepted();
  }
}
