import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { TypingRequest } from 'tabcast/contract';
import { z } from 'zod';
import type { Peer, RtSocket } from '../common/realtime.js';
import { RtGateway } from '../common/rt-gateway.js';
import { roomId } from '../common/validation.js';
import { TypingService } from './typing.service.js';

export const typingSchema = z.object({
  roomId,
  on: z.boolean(),
}) satisfies z.ZodType<TypingRequest>;

@RtGateway()
export class TypingGateway {
  constructor(private readonly typing: TypingService) {}

  @SubscribeMessage('typing')
  set(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: typingSchema }) { roomId, on }: TypingRequest,
  ): void {
    this.typing.set(peer, roomId, on);
  }

  /** While still in its rooms: afterwards nobody could be told. */
  handleConnection(socket: RtSocket): void {
    socket.once('disconnecting', () => this.typing.stopAll(socket));
  }
}
