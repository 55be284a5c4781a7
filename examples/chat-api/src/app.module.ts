import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { Realtime } from './common/realtime.js';
import { Config } from './config.js';
import { LinkModule } from './link/link.module.js';
import { PresenceModule } from './presence/presence.module.js';
import { RedisModule } from './redis/redis.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { SessionModule } from './session/session.module.js';
import { SseModule } from './sse/sse.module.js';
import { StorageModule } from './storage/storage.module.js';
import { TypingModule } from './typing/typing.module.js';

@Global()
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        StorageModule,
        RedisModule,
        AuthModule,
        RoomsModule,
        TypingModule,
        PresenceModule,
        SseModule,
        SessionModule,
        LinkModule,
      ],
      providers: [{ provide: Config, useValue: config }, Realtime],
      exports: [Config, Realtime],
    };
  }
}
