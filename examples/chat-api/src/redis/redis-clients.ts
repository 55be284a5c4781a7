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
    for (const client of [commands, busSubscriber, adapterSubscriber]) {
      client.on('error', report);
      allowUnwatched(client);
    }
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

/**
 * Lets nobody wait for the commands of publish and subscribe.
 *
 * Neither the adapter nor ioredis, when it takes up subscriptions again, looks at their promises,
 * and one that a closing connection rejects would end the process. Who does wait hears of it.
 */
function allowUnwatched(client: Redis): void {
  const commands = client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ['publish', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe']) {
    const run = commands[name]?.bind(client);
    if (!run) throw new Error(`ioredis has no ${name}`);
    commands[name] = (...args) => {
      const answer = run(...args);
      answer.catch(() => undefined);
      return answer;
    };
  }
}
