import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { SseController } from './sse.controller.js';
import { StreamCounter } from './stream-counter.js';

@Module({
  imports: [RoomsModule, PresenceModule],
  controllers: [SseController],
  providers: [StreamCounter],
  exports: [StreamCounter],
})
export class SseModule {}
