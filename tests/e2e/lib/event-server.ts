import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How a request for the stream is answered. */
export type Manner = (
  request: IncomingMessage,
  response: ServerResponse,
  server: EventServer,
) => void;

/** A request for the stream, as it came. */
export interface Arrival {
  /** Milliseconds of the process. */
  readonly at: number;
  readonly url: string;
  readonly lastEventId: string | undefined;
  readonly authorization: string | undefined;
  readonly socket: Socket;
}

/**
 * A server of one event stream that keeps a log and replays what comes behind `Last-Event-ID`.
 *
 * Ids and data are numbers from 1. `/feed` is the stream, everything else is a short answer.
 */
export class EventServer {
  readonly arrivals: Arrival[] = [];
  readonly streams = new Set<ServerResponse>();
  /** How often a browser asked whether it may ask. */
  preflights = 0;
  /** How many events there are. */
  count = 0;
  manner: Manner = STREAM;
  /** What every answer says to pages of other origins. */
  cors: Readonly<Record<string, string>> = CORS;
  #http: Server | undefined;
  #sockets = new Set<Socket>();

  /** Answers a request for the stream. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(this.cors)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      this.preflights += 1;
      response.writeHead(204).end();
      return;
    }
    const { 'last-event-id': id, authorization } = request.headers;
    const lastEventId = Array.isArray(id) ? id[0] : id;
    const url = request.url ?? '';
    const { socket } = request;
    this.arrivals.push({ at: performance.now(), url, lastEventId, authorization, socket });
    this.manner(request, response, this);
  };

  /** Listens on a port of its own. */
  async start(port: number): Promise<void> {
    this.#http = createServer(this.handle);
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#http?.listen(port, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http?.address() as AddressInfo).port}/feed`;
  }

  /** Ends at once, as a process that is killed. The log stays. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.streams.clear();
    await new Promise((resolve) => (this.#http ? this.#http.close(resolve) : resolve(undefined)));
    this.#http = undefined;
  }

  publish(events = 1): void {
    for (let n = 0; n < events; n += 1) {
      this.count += 1;
      for (const stream of this.streams) {
        if (!stream.writableEnded && !stream.destroyed) stream.write(block(this.count));
      }
    }
  }

  /** Publishes every `everyMs`, until the returned function is called. */
  flow(everyMs: number): () => void {
    const started = performance.now();
    const before = this.count;
    // Timers are late: what is due is counted, so that the rate is what it is said to be.
    const timer = setInterval(() => {
      const due = Math.floor((performance.now() - started) / everyMs);
      this.publish(before + due - this.count);
    }, everyMs);
    return () => clearInterval(timer);
  }

  /** Opens the stream behind what the request says. */
  open(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    // Not with the first event only, which may be long in coming. And not bare headers: Firefox tells
    // of a response when the first byte of its body is there.
    response.write(':\n\n');
    const id = request.headers['last-event-id'];
    // Whoever is new learns where the stream is.
    if (id === undefined) response.write(`id: ${this.count}\n\n`);
    for (let n = Number(id ?? this.count) + 1; n <= this.count; n += 1) response.write(block(n));
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }
}

export const STREAM: Manner = (request, response, server) => server.open(request, response);

/** Refuses. */
export const refuse =
  (status: number, headers: Record<string, string> = {}, body = ''): Manner =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const block = (n: number): string => `id: ${n}\ndata: ${n}\n\n`;

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, last-event-id, content-type',
};
