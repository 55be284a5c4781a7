import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { SseModule } from '../sse/sse.module.js';
import { ConnectionCounter } from './connection-counter.js';
import { SessionGateway } from './session.gateway.js';
import { StatsController } from './stats.controller.js';

@Module({
  imports: [RoomsModule, PresenceModule, SseModule],
  controllers: [StatsController],
  providers: [SessionGateway, ConnectionCounter],
  exports: [SessionGateway],
})
export class SessionModule {}
