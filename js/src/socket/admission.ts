import type { TabcastError } from '../errors.js';
import type { Link } from './link.js';
import type { Auth } from './options.js';
import type { SocketSink } from './router.js';

/** What a Socket says of its user each time that it connects. */
export class Admission {
  readonly #link: Link;
  readonly #retriesRefused: boolean;
  /** Why the server refused the namespace, while `auth` is asked a second time because of it. */
  #refused: TabcastError | undefined;

  /** @param retriesRefused whether an `auth` function gets a second try */
  constructor(link: Link, retriesRefused: boolean) {
    this.#link = link;
    this.#retriesRefused = retriesRefused;
  }

  /** The namespace is connected, or refused for good. */
  settle(): void {
    this.#refused = undefined;
  }

  /** Whether `auth` may have something better than what was just refused; then it will hear why. */
  triesAgain(auth: Auth | undefined, error: TabcastError): boolean {
    if (!this.#retriesRefused || this.#refused || typeof auth !== 'function') return false;
    this.#refused = error;
    return true;
  }

  /**
   * Answers the core's question.
   *
   * @param isShared whether what `auth` gives may go to another tab
   * @param failed is called if the app's function fails
   */
  answer(
    [request, pid, offset, remote]: Parameters<SocketSink['authWanted']>,
    auth: Auth | undefined,
    isShared: boolean,
    failed: (cause: unknown) => void,
  ): void {
    // Another tab has the connection: what is secret goes there only if the app says so.
    if (remote && auth !== undefined && !isShared) {
      return this.#link.run((connection) => connection.withholdAuth(request));
    }
    const provide = (data: object | undefined): void => {
      try {
        const payload = pid === undefined ? data : { pid, offset, ...data };
        const json = payload && JSON.stringify(payload);
        this.#link.run((connection) => connection.provideAuth(request, json));
      } catch (cause) {
        failed(cause);
      }
    };
    void ask(auth, this.#refused, provide).catch(failed);
  }
}

/** Calls `provide` once with the payload of CONNECT; rejects if the app's function fails. */
async function ask(
  auth: Auth | undefined,
  refused: TabcastError | undefined,
  provide: (data: object | undefined) => void,
): Promise<void> {
  if (typeof auth !== 'function') {
    provide(auth);
    return;
  }
  let provided = false;
  await auth((data) => {
    if (provided) return;
    provided = true;
    provide(data);
  }, refused);
}
