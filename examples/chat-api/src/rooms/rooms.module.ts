import { Module } from '@nestjs/common';
import { TypingModule } from '../typing/typing.module.js';
import { MembershipService } from './membership.service.js';
import { MessagesService } from './messages.service.js';
import { RoomFeed } from './room-feed.js';
import { RoomLog } from './room-log.js';
import { RoomsController } from './rooms.controller.js';
import { RoomsGateway } from './rooms.gateway.js';
import { RoomsService } from './rooms.service.js';

@Module({
  imports: [TypingModule],
  controllers: [RoomsController],
  providers: [RoomsGateway, RoomsService, MessagesService, MembershipService, RoomFeed, RoomLog],
  exports: [RoomsGateway, RoomsService, MembershipService, RoomLog],
})
export class RoomsModule {}
