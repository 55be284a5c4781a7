import { Module } from '@nestjs/common';
import { RedisClients } from '../redis/redis-clients.js';
import { MemoryPresenceStore } from './memory-presence-store.js';
import { PresenceGateway } from './presence.gateway.js';
import { PresenceService } from './presence.service.js';
import { PresenceStore } from './presence-store.js';
import { RedisPresenceStore } from './redis-presence-store.js';

@Module({
  providers: [
    PresenceGateway,
    PresenceService,
    {
      provide: PresenceStore,
      inject: [RedisClients],
      useFactory: (redis: RedisClients | null) =>
        redis ? new RedisPresenceStore(redis.commands) : new MemoryPresenceStore(),
    },
  ],
  exports: [PresenceGateway, PresenceService, PresenceStore],
})
export class PresenceModule {}
