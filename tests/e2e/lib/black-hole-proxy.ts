import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  swallowed: boolean;
}

/** Passes connections on to a port, until they are told to go dead as in a network that is gone. */
export class BlackHoleProxy {
  onConnection = (): void => undefined;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const pair: Pair = { near, far: connect(target, '127.0.0.1'), swallowed: false };
      this.#pairs.add(pair);
      this.#pass(pair, near, pair.far);
      this.#pass(pair, pair.far, near);
      this.onConnection();
    });
  }

  static async start(target: number): Promise<BlackHoleProxy> {
    const proxy = new BlackHoleProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From here on nothing of the open connections reaches the other side, not even their end. */
  swallow(): void {
    for (const pair of this.#pairs) pair.swallowed = true;
  }

  stop(): void {
    this.#server.close();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  #pass(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (!pair.swallowed) to.write(bytes);
    });
    // An error is followed by the close.
    from.on('error', () => undefined);
    from.on('close', () => {
      if (!pair.swallowed) to.destroy();
      if (pair.near.closed && pair.far.closed) this.#pairs.delete(pair);
    });
  }
}
