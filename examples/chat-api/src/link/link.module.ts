import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { SessionModule } from '../session/session.module.js';
import { SseModule } from '../sse/sse.module.js';
import { TypingModule } from '../typing/typing.module.js';
import { CommandRouter } from './command-router.js';
import { Commands } from './commands.js';
import { LinkController } from './link.controller.js';
import { StreamPeers } from './stream-peers.js';

@Module({
  imports: [SessionModule, RoomsModule, PresenceModule, TypingModule, SseModule],
  controllers: [LinkController],
  providers: [Commands, CommandRouter, StreamPeers],
})
export class LinkModule {}
