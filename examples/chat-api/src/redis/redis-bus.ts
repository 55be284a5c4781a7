import { randomUUID } from 'node:crypto';
import { Bus, type BusMessage } from '../common/bus.js';
import type { RedisClients } from './redis-clients.js';

/** The bus of several nodes: a channel of Redis. */
export class RedisBus extends Bus {
  private readonly node = randomUUID();

  static async open(redis: RedisClients): Promise<RedisBus> {
    await redis.busSubscriber.subscribe(CHANNEL);
    return new RedisBus(redis);
  }

  private constructor(private readonly redis: RedisClients) {
    super();
    redis.busSubscriber.on('message', (_channel: string, text: string) => {
      const { node, message } = JSON.parse(text) as { node: string; message: BusMessage };
      if (node !== this.node) this.receive(message);
    });
  }

  protected override forward(message: BusMessage): void {
    const text = JSON.stringify({ node: this.node, message });
    // Lost while Redis is away: the others find out at the next op, or when the entry ends.
    void this.redis.commands.publish(CHANNEL, text);
  }
}

const CHANNEL = 'tabcast:bus';
