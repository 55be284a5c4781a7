// A connection whose server is the page itself: what is left is what the tabs do.
import { io } from 'tabcast';
import { expose } from './relay.js';

let server;

/** Calls its listeners itself: a synthetic `dispatchEvent` costs as much as what is to be measured. */
class OwnSocket {
  binaryType = 'blob';
  bufferedAmount = 0;
  readyState = 0;
  #listeners = new Map();

  constructor() {
    server = this;
    setTimeout(() => {
      this.readyState = 1;
      this.#tell('open', {});
      this.say('0{"sid":"s","upgrades":[],"pingInterval":600000,"pingTimeout":600000}');
    });
  }

  addEventListener(type, listener) {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type) {
    this.#listeners.delete(type);
  }

  send(frame) {
    if (frame.startsWith('40')) setTimeout(() => this.say('40{"sid":"n"}'));
  }

  close() {
    this.readyState = 3;
  }

  say(data) {
    this.#tell('message', { data });
  }

  #tell(type, fields) {
    this.#listeners.get(type)?.call(this, { type, target: this, ...fields });
  }
}

window.WebSocket = OwnSocket;

expose(({ leads, received }) => {
  const socket = io({ transports: ['websocket'], shared: true, scope: 'relay' });
  socket.on('m', received);
  socket.io.tabs.subscribe(() => {
    leads(socket.io.tabs.getSnapshot().role === 'leader');
  });
  return (body) => server.say(`42${JSON.stringify(['m', body])}`);
});
