import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Bus, LocalBus } from '../common/bus.js';
import { Config } from '../config.js';
import { RedisBus } from './redis-bus.js';
import { RedisClients } from './redis-clients.js';

/** What nodes share, if there are several: the clients are `null` without `REDIS_URL`. */
@Global()
@Module({
  providers: [
    {
      provide: RedisClients,
      inject: [Config],
      useFactory: ({ redisUrl }: Config) => (redisUrl ? RedisClients.open(redisUrl) : null),
    },
    {
      provide: Bus,
      inject: [RedisClients],
      useFactory: (redis: RedisClients | null) => (redis ? RedisBus.open(redis) : new LocalBus()),
    },
  ],
  exports: [RedisClients, Bus],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(RedisClients) private readonly redis: RedisClients | null) {}

  onApplicationShutdown(): void {
    this.redis?.close();
  }
}
