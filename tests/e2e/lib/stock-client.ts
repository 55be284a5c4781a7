import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { ChatServer } from './chat-server.js';

/** A user who is connected with socket.io-client, as any other program would be. */
export class StockClient {
  private constructor(private readonly socket: Socket) {}

  static async connect(server: ChatServer, name: string): Promise<StockClient> {
    const { token } = await server.login(name);
    const socket = io(`${server.url}/rt`, {
      transports: ['websocket'],
      auth: { token, device: randomUUID(), v: 1 },
      forceNew: true,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return new StockClient(socket);
  }

  async join(roomId: string): Promise<this> {
    await this.#call('room:join', { roomId });
    return this;
  }

  /** Sends `text` to `roomId` and waits until the server has stored it. */
  async send(roomId: string, text: string): Promise<void> {
    await this.#call('msg:send', { roomId, cid: randomUUID(), text });
  }

  /** Calls `listener` with every message of the rooms joined. */
  onMessage(listener: (message: { readonly from: string; readonly text: string }) => void): void {
    this.socket.on('room:op', ({ op }) => {
      if (op.t === 'msg') listener(op.m);
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  async #call(event: string, payload: object): Promise<void> {
    const ack = await this.socket.timeout(10_000).emitWithAck(event, payload);
    if (!ack.ok) throw new Error(`${event} is refused: ${JSON.stringify(ack)}`);
  }
}
