// What the browser alone costs: one bare WebSocket in the first tab, a bare BroadcastChannel to the
// others, JSON.parse, and none of a library's duties. Only receives.
import { expose } from './tab.js';

class BareSocket {
  connected = false;
  #listeners = new Map();
  #channel = new BroadcastChannel('floor');

  constructor(shared) {
    if (!shared) return void this.#connect(() => {});
    navigator.locks.request('floor', { ifAvailable: true }, (lock) => {
      if (!lock) return this.#follow();
      this.#connect((text) => this.#channel.postMessage(text));
      return new Promise(() => {});
    });
  }

  on(name, listener) {
    this.#listeners.set(name, listener);
  }

  once(name, listener) {
    this.on(name, listener);
  }

  #follow() {
    this.connected = true;
    this.#channel.onmessage = ({ data }) => this.#deliver(data);
  }

  #connect(relay) {
    const { host } = location;
    const socket = new WebSocket(`ws://${host}/socket.io/?EIO=4&transport=websocket`);
    socket.onmessage = ({ data }) => {
      if (data.startsWith('42')) {
        relay(data);
        this.#deliver(data);
      } else if (data === '2') {
        socket.send('3');
      } else if (data.startsWith('0')) {
        socket.send('40');
      } else {
        this.connected = true;
      }
    };
  }

  #deliver(text) {
    const [name, body] = JSON.parse(text.slice(2));
    this.#listeners.get(name)?.(body);
  }
}

expose(({ shared }) => new BareSocket(shared));
