import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does with one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
  /** What follows the chunks. */
  readonly then: 'destroy' | 'end' | 'hold';
}

/** A server that answers one request after the other as it was told, and then keeps silent. */
export class StreamServer {
  readonly requests: IncomingMessage[] = [];
  readonly bodies: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(private readonly replies: readonly Reply[]) {}

  static async start(...replies: readonly Reply[]): Promise<StreamServer> {
    const server = new StreamServer(replies);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/feed`;
  }

  /** The `Last-Event-ID` of each request, from the bytes on the wire. */
  get lastEventIds(): (string | null)[] {
    return this.requests.map(({ headers }) => {
      const id = headers['last-event-id'];
      return typeof id === 'string' ? Buffer.from(id, 'latin1').toString('utf8') : null;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = this.replies[this.requests.length];
    this.requests.push(request);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.bodies.push(body);
    if (!reply) return;
    if (reply.status !== undefined) {
      response.writeHead(reply.status, reply.headers);
      response.flushHeaders();
      const cacheControl = request.headers['cache-control'] ?? '';
      for (const chunk of reply.chunks ?? []) {
        // Some vectors want their request's header back.
        const bytes =
          typeof chunk === 'string' ? chunk.replace('<Cache-Control>', cacheControl) : chunk;
        await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
      }
    }
    if (reply.then === 'end') response.end();
    if (reply.then === 'destroy') request.socket.destroy();
  }
}

/** An event stream with these chunks. */
export function eventStream(chunks: Reply['chunks'], then: Reply['then'] = 'hold'): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    chunks: chunks ?? [],
    then,
  };
}
