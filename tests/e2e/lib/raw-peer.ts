import type { AddressInfo } from 'node:net';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { until } from './until.js';

/** What a session says by itself; a test replaces it to misbehave from the start. */
export interface Manners {
  /** Sent when the socket is open. */
  hello(session: RawSession): void;
  /** Answers CONNECT of the main namespace. */
  admit(session: RawSession): void;
}

/** A server that speaks Engine.IO frame by frame, so that it can say what no real server would. */
export class RawPeer {
  readonly sessions: RawSession[] = [];
  manners: Manners = POLITE;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      const session = new RawSession(this.sessions.length, socket, this.manners);
      this.sessions.push(session);
      session.begin();
    });
  }

  static async start(): Promise<RawPeer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new RawPeer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits for session `index` and for its CONNECT. */
  admitted(index: number): Promise<RawSession> {
    return until(`session ${index}`, () => {
      const session = this.sessions[index];
      return session?.received.some((frame) => frame.startsWith('40')) && session;
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One WebSocket of a {@link RawPeer}. */
export class RawSession {
  /** Text frames in order. */
  readonly received: string[] = [];
  /** All frames in order, binary ones as `bytes(1,2,3)`, and `closed` at the end. */
  readonly frames: string[] = [];

  constructor(
    readonly index: number,
    private readonly socket: WebSocket,
    private readonly manners: Manners,
  ) {}

  get sid(): string {
    return `raw-${this.index}`;
  }

  get closed(): boolean {
    return this.socket.readyState === this.socket.CLOSED;
  }

  begin(): void {
    this.socket.on('message', (data: RawData, isBinary) => {
      if (isBinary) {
        this.frames.push(`bytes(${(data as Buffer).join()})`);
        return;
      }
      const frame = data.toString();
      this.frames.push(frame);
      this.received.push(frame);
      if (frame.startsWith('40')) this.manners.admit(this);
    });
    this.socket.on('close', () => this.frames.push('closed'));
    // A client that finds a frame too large leaves in the middle of it.
    this.socket.on('error', () => undefined);
    this.manners.hello(this);
  }

  /** Sends a text frame, or a binary one. */
  send(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** Sends a text frame of these bytes, which need not be UTF-8. */
  sendAsText(bytes: Buffer): void {
    this.socket.send(bytes, { binary: false });
  }

  /** Writes bytes to the connection, past the framing of WebSocket. */
  sendRaw(bytes: Buffer): void {
    // `ws` has no public way to write what is not a frame.
    (this.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(bytes);
  }

  /** Closes the WebSocket as a server that goes away does. */
  close(): void {
    this.socket.close();
  }

  sayHello(): void {
    const times = { pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
    this.send(`0${JSON.stringify({ sid: this.sid, upgrades: [], ...times })}`);
  }

  letIn(): void {
    this.send(`40${JSON.stringify({ sid: this.sid })}`);
  }
}

export const POLITE: Manners = {
  hello: (session) => session.sayHello(),
  admit: (session) => session.letIn(),
};
