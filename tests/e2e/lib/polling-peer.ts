import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** What a peer does about one request; `true` if it has answered. */
export type Intercept = (
  request: IncomingMessage & { readonly session: string | null },
  response: ServerResponse,
) => boolean;

/**
 * A server that speaks Engine.IO over HTTP and WebSocket word by word, and writes down what it
 * hears on each of the three ways.
 */
export class PollingPeer {
  /** What it hears: the GETs, the bodies of POSTs, the addresses and frames of WebSockets. */
  readonly heard = { get: [] as string[], post: [] as string[], socket: [] as string[] };
  readonly upgrades: string[];
  /** Called first for each request. */
  intercept: Intercept = () => false;
  /** Whether WebSockets are let in. */
  takesSockets = true;
  /** What WebSockets wait for before they are let in or refused. */
  socketsWait: Promise<void> | undefined;
  /** What is done about the probe of an upgrade. */
  probed: (socket: WebSocket) => void = (socket) => {
    socket.send('3probe');
    this.say('6');
  };
  /** The poll that waits for something to be said. */
  #waiting: ServerResponse | undefined;
  #socket: WebSocket | undefined;
  #toSay: string[] = [];
  #sessions = 0;
  readonly #http = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });

  private constructor(upgrades: string[]) {
    this.upgrades = upgrades;
  }

  static async start(upgrades = ['websocket']): Promise<PollingPeer> {
    const peer = new PollingPeer(upgrades);
    peer.#http.on('upgrade', async (request, socket: Socket, head) => {
      peer.heard.socket.push(plain(request.url));
      await peer.socketsWait;
      if (!peer.takesSockets) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
        return;
      }
      peer.#sockets.handleUpgrade(request, socket, head, (webSocket) => peer.#join(webSocket));
    });
    await new Promise<void>((resolve) => peer.#http.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Whether a poll waits for something to be said. */
  get polled(): boolean {
    return this.#waiting !== undefined;
  }

  /** Says a packet, over whatever is there. */
  say(packet: string): void {
    if (this.#socket) {
      this.#socket.send(packet);
      return;
    }
    this.#toSay.push(packet);
    this.#flush();
  }

  /** Breaks the WebSocket off. */
  cut(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', 'content-type,x-test');
    if (request.method === 'OPTIONS') {
      response.end();
      return;
    }
    const session = new URL(request.url ?? '/', this.url).searchParams.get('sid');
    const body = request.method === 'POST' ? await text(request) : '';
    if (request.method === 'POST') this.heard.post.push(body);
    else this.heard.get.push(plain(request.url));
    if (this.intercept(Object.assign(request, { session }), response)) return;
    if (request.method === 'POST') {
      response.end('ok');
      if (body.startsWith('40')) this.say(`40${JSON.stringify({ sid: 'namespace' })}`);
    } else if (session === null) {
      response.end(this.#hello());
    } else {
      this.#waiting = response;
      this.#flush();
    }
  }

  #hello(): string {
    this.#sessions += 1;
    this.#socket = undefined;
    this.#toSay = [];
    const times = { pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
    const sid = `raw-${this.#sessions}`;
    return `0${JSON.stringify({ sid, upgrades: this.upgrades, ...times })}`;
  }

  #flush(): void {
    if (!this.#waiting || this.#toSay.length === 0) return;
    this.#waiting.end(this.#toSay.splice(0).join('\u001e'));
    this.#waiting = undefined;
  }

  #join(socket: WebSocket): void {
    socket.on('error', () => undefined);
    socket.on('close', () => this.heard.socket.push('(closed)'));
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? '(binary)' : String(data);
      this.heard.socket.push(frame);
      if (frame === '2probe') {
        this.probed(socket);
      } else if (frame === '5') {
        this.#socket = socket;
      } else if (frame.startsWith('40')) {
        socket.send(`40${JSON.stringify({ sid: 'namespace' })}`);
      }
    });
    // Opened without polling before.
    if (this.heard.get.length === 0) {
      this.#socket = socket;
      socket.send(this.#hello().replace('"websocket"', ''));
      this.#socket = socket;
    }
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** An address without what is different each time. */
function plain(url = ''): string {
  return url.replace(/([?&]t=)[0-9a-z_-]{8}(?=&|$)/i, '$1*');
}
