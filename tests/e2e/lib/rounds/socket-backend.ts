import { deduplicate } from 'tabcast/server';
import { BlackHoleProxy } from '../black-hole-proxy.js';
import { Lab } from '../lab.js';
import { noteReceived, paced, type Backend, type BackendOptions } from './backend.js';

/** A stock socket.io server with connection state recovery. */
export class SocketBackend implements Backend {
  sent: number[] = [];
  received = new Map<string, number[]>();
  connectedAt: number[] = [];
  #rounds = 0;
  #scope = '';
  #number = 0;
  #stopSending = (): void => undefined;

  private constructor(
    private readonly lab: Lab,
    private readonly proxy: BlackHoleProxy,
    private readonly options: BackendOptions,
  ) {
    if (options.deduplicates) deduplicate(lab.io);
    lab.io.on('connection', (socket) => {
      const { scope } = socket.handshake.auth as { scope: string };
      void socket.join(scope);
      if (scope === this.#scope) this.connectedAt.push(Date.now());
      socket.on('up', (tab: string, n: number, answer: (n: number) => void) => {
        if (scope === this.#scope) noteReceived(this.received, tab, n);
        answer(n);
      });
    });
  }

  static async start(options: BackendOptions = {}): Promise<SocketBackend> {
    const { interval, timeout } = options.heartbeat ?? {};
    const lab = await Lab.start({
      connectionStateRecovery: {},
      ...(interval !== undefined && { pingInterval: interval, pingTimeout: timeout }),
    });
    return new SocketBackend(lab, await BlackHoleProxy.start(lab.port), options);
  }

  async begin(): Promise<Record<string, unknown>> {
    this.#scope = `round ${(this.#rounds += 1)}`;
    this.sent = [];
    this.received = new Map();
    this.connectedAt = [];
    const { io, deduplicates } = this.options;
    const options = { ...io, ...(deduplicates && { delivery: 'exactly-once' }) };
    return { traffic: 'socket', url: this.proxy.url, scope: this.#scope, options };
  }

  startSending(perSecond: number): void {
    this.#stopSending = paced(perSecond, () => {
      const n = (this.#number += 1);
      this.sent.push(n);
      this.lab.io.to(this.#scope).emit('down', n);
    });
  }

  async stopSending(): Promise<void> {
    this.#stopSending();
  }

  async connections(): Promise<number> {
    return this.lab.connections;
  }

  blackHole(): void {
    this.proxy.swallow();
  }

  async stop(): Promise<void> {
    this.proxy.stop();
    await this.lab.stop();
  }
}
