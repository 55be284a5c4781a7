import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { StartupError } from '../common/startup-error.js';

/** The connections of this node to Redis. */
export class RedisClients {
  static async open(url: string): Promise<RedisClients> {
    const commands = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
    const logger = new Logger(RedisClients.name);
    // Redis may go and come back; without a listener every try would be printed with its stack.
    let lastMessage = '';
    const report = ({ message }: Error): void => {
      if (message !== lastMessage) logger.warn(`Redis: ${message}`);
      lastMessage = message;
    };
    try {
      await new Promise<void>((resolve, reject) => {
        commands.once('error', reject);
        commands.connect().then(() => resolve(), reject);
      });
    } catch (error) {
      commands.disconnect();
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new StartupError(`unable to reach Redis (REDIS_URL); ${reason}`, { cause: error });
    }
    // A subscription must be taken up again however long Redis was away.
    const duplicate = () => commands.duplicate({ lazyConnect: false, maxRetriesPerRequest: null });
    const [busSubscriber, adapterSubscriber] = [duplicate(), duplicate()];
    for (const client of [commands, busSubscriber, adapterSubscriber]) client.on('error', report);
    return new RedisClients(commands, busSubscriber, adapterSubscriber);
  }

  private constructor(
    readonly commands: Redis,
    readonly busSubscriber: Redis,
    readonly adapterSubscriber: Redis,
  ) {}

  close(): void {
    for (const client of [this.commands, this.busSubscriber, this.adapterSubscriber]) {
      client.disconnect();
    }
  }
}
