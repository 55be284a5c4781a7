import { io } from '/dist/index.js';

const ANSWER_MS = 20_000;

/** Events of a plain socket: numbers down, acknowledged numbers up. */
export class SocketTraffic {
  #socket;
  #tab;

  constructor({ url, scope, tab, options }, { messages, notes }) {
    this.#tab = tab;
    this.#socket = io(url, {
      shared: true,
      scope,
      transports: ['websocket'],
      auth: { scope },
      ...options,
    });
    const note = (...what) => notes.push([Date.now(), ...what]);
    this.#socket.on('down', (n) => messages.push([n, Date.now()]));
    this.#socket.on('connect', () => note('connect', this.#socket.recovered));
    this.#socket.on('disconnect', (reason) => note('disconnect', reason));
    this.#socket.on('connect_error', (error) => note('connect_error', error.message));
  }

  get tabs() {
    return this.#socket.io.tabs;
  }

  get connected() {
    return this.#socket.connected;
  }

  inspect() {
    return { active: this.#socket.active, ...this.#socket.io.inspect() };
  }

  send(n) {
    return this.#socket.timeout(ANSWER_MS).emitWithAck('up', this.#tab, n);
  }
}
