// A connection whose server is the page itself: what is left is what the tabs do.
import { io } from 'tabcast';
import { expose } from './relay.js';

let server;

class OwnSocket extends EventTarget {
  binaryType = 'blob';
  bufferedAmount = 0;
  readyState = 0;

  constructor() {
    super();
    server = this;
    setTimeout(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
      this.say('0{"sid":"s","upgrades":[],"pingInterval":600000,"pingTimeout":600000}');
    });
  }

  send(frame) {
    if (frame.startsWith('40')) setTimeout(() => this.say('40{"sid":"n"}'));
  }

  close() {
    this.readyState = 3;
  }

  say(data) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

window.WebSocket = OwnSocket;

expose(({ led, received }) => {
  const socket = io({ transports: ['websocket'], shared: true, scope: 'relay' });
  socket.on('m', received);
  let leads = false;
  socket.io.tabs.subscribe(() => {
    if (!leads && socket.io.tabs.getSnapshot().role === 'leader') {
      leads = true;
      led();
    }
  });
  return (body) => server.say(`42${JSON.stringify(['m', body])}`);
});
