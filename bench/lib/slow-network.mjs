import { connect, createServer } from 'node:net';

// Ten segments (RFC 6928), and more by each that arrived (slow start, RFC 5681).
const FIRST_WINDOW = 10 * 1460;

/**
 * Listens for TCP connections to `port` that need `rtt` milliseconds there and back: to be made, for what
 * is said, and for each time that the sender's window is full. Nothing is lost and no rate is limited.
 *
 * @returns {Promise<number>} its port
 */
export function slowNetwork(port, rtt) {
  const server = createServer((client) => {
    const peer = connect(port, '127.0.0.1');
    // The loopback makes connections at once.
    relay(client, peer, rtt, rtt);
    relay(peer, client, rtt, 0);
    client.on('error', () => peer.destroy());
    peer.on('error', () => client.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

function relay(from, to, rtt, handshake) {
  const ready = performance.now() + handshake;
  let window = FIRST_WINDOW;
  let underWay = 0;
  let waiting = Buffer.alloc(0);
  const after = (ms, act) => setTimeout(act, Math.max(0, ready - performance.now()) + ms);
  const send = () => {
    const part = waiting.subarray(0, window - underWay);
    if (part.length === 0) return;
    waiting = waiting.subarray(part.length);
    underWay += part.length;
    after(rtt / 2, () => to.write(part));
    after(rtt, () => {
      underWay -= part.length;
      window += part.length;
      send();
    });
  };
  from.on('data', (data) => {
    waiting = Buffer.concat([waiting, data]);
    send();
  });
  from.on('close', () => after(rtt / 2, () => to.end()));
}
