import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a proxy does about WebSockets. */
export type SocketPolicy =
  /** Lets them through. */
  | 'pass'
  /** Ends the connection that asks for one. */
  | 'refuse'
  /** Never answers. */
  | 'swallow'
  /** Breaks one off as soon as the client has said something over it. */
  | 'cut';

/** Stands between a browser and a server, and knows HTTP only as far as it has to. */
export class Proxy {
  policy: SocketPolicy = 'pass';
  /** Whether requests are swallowed too. */
  isDead = false;
  /** WebSockets that were asked for. */
  sockets = 0;
  readonly #open = new Set<Socket>();
  readonly #server: Server;

  private constructor(private readonly target: number) {
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    let isWebSocket = false;
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.isDead) return;
      if (isWebSocket && this.policy === 'cut') {
        client.destroy();
        return;
      }
      if (/^upgrade: websocket\r$/im.test(chunk.toString('latin1'))) {
        isWebSocket = true;
        this.sockets += 1;
        if (this.policy === 'refuse') client.destroy();
        if (this.policy === 'refuse' || this.policy === 'swallow') return;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => client.write(chunk));
  }
}
