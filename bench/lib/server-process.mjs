import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('server.mjs', import.meta.url));

/** A server of one side, seen from the harness. */
export class ServerProcess {
  #child;
  #waiting = new Map();
  #lastId = 0;

  /**
   * @param {{ folder: string, recovery?: boolean, rtt?: number }} options what it serves, and how; with an
   * `rtt` in milliseconds it has a second address, over a network as slow as that
   */
  static async start(options) {
    const server = new ServerProcess();
    await server.#start(options);
    return server;
  }

  /** Sends `count` numbered messages to every connection; resolves when the last is on its way. */
  send(args) {
    return this.#call('send', args);
  }

  /** Engine.IO sessions that are open. */
  connections() {
    return this.#call('connections');
  }

  /** Connections by time, and the numbers that tabs sent, since `forget`. */
  seen() {
    return this.#call('seen');
  }

  forget() {
    return this.#call('forget');
  }

  stop() {
    this.#child.disconnect();
  }

  async #start(options) {
    this.#child = fork(PROGRAM, [JSON.stringify(options)]);
    const { port, slowPort } = await new Promise((resolve, reject) => {
      this.#child.once('message', resolve);
      this.#child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
    });
    this.url = `http://127.0.0.1:${port}`;
    this.slowUrl = `http://127.0.0.1:${slowPort}`;
    this.#child.on('message', ({ id, result }) => {
      this.#waiting.get(id)(result);
      this.#waiting.delete(id);
    });
  }

  #call(name, args) {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, name, args });
    });
  }
}
