import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy in front of a server that can be told to let nothing of Socket.IO pass. */
export class SocketProxy {
  readonly #http = createServer((incoming, response) => this.#forward(incoming, response));
  readonly #sockets = new Set<Duplex>();
  #blocked = false;
  /** Requests for sockets that were refused. */
  refused = 0;

  private constructor(private readonly target: number) {}

  /** @param target port of the server */
  static async start(target: number, blocked = false): Promise<SocketProxy> {
    const proxy = new SocketProxy(target);
    proxy.#blocked = blocked;
    proxy.#http.on('upgrade', (incoming, socket, head) => proxy.#upgrade(incoming, socket, head));
    await new Promise<void>((resolve) => proxy.#http.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Refuses sockets from now on, and cuts those that are open. */
  block(): void {
    this.#blocked = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  unblock(): void {
    this.#blocked = false;
  }

  async stop(): Promise<void> {
    this.block();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    if (this.#isRefused(incoming)) {
      this.refused += 1;
      response.writeHead(403).end('not through here');
      return;
    }
    const { method, url, headers } = incoming;
    const options = { port: this.target, host: '127.0.0.1', method, path: url, headers };
    const outgoing = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isRefused(incoming)) {
      this.refused += 1;
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const server: Socket = connect(this.target, '127.0.0.1', () => {
      const lines = incoming.rawHeaders.map((part, i) => (i % 2 ? `${part}\r\n` : `${part}: `));
      server.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
      server.write(head);
      socket.pipe(server).pipe(socket);
    });
    const end = (): void => {
      this.#sockets.delete(socket);
      socket.destroy();
      server.destroy();
    };
    this.#sockets.add(socket);
    for (const side of [socket, server]) side.on('error', end).on('close', end);
  }

  #isRefused({ url }: IncomingMessage): boolean {
    return this.#blocked && url !== undefined && url.startsWith('/socket.io/');
  }
}
