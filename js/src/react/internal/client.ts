import type { Manager } from '../../socket/manager.js';

/** What the hooks of raw sockets and tabs need from a client. */
export interface SocketClient {
  /** Made with `autoConnect: false`: the hooks connect what they use. */
  readonly manager: Manager;
}
