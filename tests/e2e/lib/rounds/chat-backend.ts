import { BlackHoleProxy } from '../black-hole-proxy.js';
import { ChatServer } from '../chat-server.js';
import { StockClient } from '../stock-client.js';
import { noteReceived, paced, type Backend, type BackendOptions } from './backend.js';

const ROOM = 'general';

/** The reference server, where what was missed is fetched again; another user sends. */
export class ChatBackend implements Backend {
  sent: number[] = [];
  received = new Map<string, number[]>();
  connectedAt: number[] = [];
  #rounds = 0;
  #number = 0;
  #user = '';
  #stopSending = (): void => undefined;
  #sending: Promise<void>[] = [];

  private constructor(
    private readonly server: ChatServer,
    private readonly proxy: BlackHoleProxy,
    private readonly other: StockClient,
    private readonly io: BackendOptions['io'],
  ) {
    proxy.onConnection = () => this.connectedAt.push(Date.now());
    other.onMessage(({ from, text }) => {
      if (from !== this.#user) return;
      const [tab = '', n] = text.split(' ');
      noteReceived(this.received, tab, Number(n));
    });
  }

  static async start({ heartbeat, io = {} }: BackendOptions = {}): Promise<ChatBackend> {
    const server = await ChatServer.start({
      SEND_PER_SEC: '2000',
      ...(heartbeat && {
        PING_INTERVAL_MS: `${heartbeat.interval}`,
        PING_TIMEOUT_MS: `${heartbeat.timeout}`,
      }),
    });
    const other = await (await StockClient.connect(server, 'Carol')).join(ROOM);
    return new ChatBackend(server, await BlackHoleProxy.start(server.port), other, io);
  }

  async begin(): Promise<Record<string, unknown>> {
    const { token, user } = await this.server.login(`User ${(this.#rounds += 1)}`);
    this.#user = user.id;
    this.sent = [];
    this.received = new Map();
    this.connectedAt = [];
    const { url } = this.proxy;
    return { traffic: 'chat', url, room: ROOM, user: user.id, token, options: this.io };
  }

  startSending(perSecond: number): void {
    this.#stopSending = paced(perSecond, () => {
      const n = (this.#number += 1);
      this.sent.push(n);
      this.#sending.push(this.other.send(ROOM, `${n}`));
    });
  }

  async stopSending(): Promise<void> {
    this.#stopSending();
    await Promise.all(this.#sending.splice(0));
  }

  async connections(): Promise<number> {
    // One is that of the other user.
    return (await this.server.connections()) - 1;
  }

  blackHole(): void {
    this.proxy.swallow();
  }

  async stop(): Promise<void> {
    this.other.close();
    this.proxy.stop();
    await this.server.stop();
  }
}
