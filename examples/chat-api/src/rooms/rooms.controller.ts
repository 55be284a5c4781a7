import { Controller, Get, UseGuards } from '@nestjs/common';
import type { RoomsReply } from 'tabcast/contract';
import { AuthGuard } from '../auth/auth.guard.js';
import { RoomLog } from './room-log.js';

@Controller('api/rooms')
@UseGuards(AuthGuard)
export class RoomsController {
  constructor(private readonly log: RoomLog) {}

  @Get()
  async list(): Promise<RoomsReply> {
    return { rooms: await this.log.rooms() };
  }
}
