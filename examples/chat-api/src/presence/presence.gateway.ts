import { Logger } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type {
  Ack,
  PresenceMeta,
  PresenceSetRequest,
  PresenceWatchRequest,
  UserId,
} from 'tabcast/contract';
import { z } from 'zod';
import type { Peer, RtSocket } from '../common/realtime.js';
import { RtGateway } from '../common/rt-gateway.js';
import { smallJson, userId } from '../common/validation.js';
import { ok } from '../common/wire-exception.js';
import { PresenceService } from './presence.service.js';

export const presenceSetSchema = z.object({
  state: z.enum(['online', 'away', 'dnd']),
  data: smallJson.optional(),
}) satisfies z.ZodType<PresenceSetRequest>;

export const presenceWatchSchema = z.object({
  users: z.array(userId).max(200),
  on: z.boolean(),
}) satisfies z.ZodType<PresenceWatchRequest>;

@RtGateway()
export class PresenceGateway {
  private readonly logger = new Logger(PresenceGateway.name);

  constructor(private readonly presence: PresenceService) {}

  @SubscribeMessage('presence:set')
  async set(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: presenceSetSchema }) request: PresenceSetRequest,
  ): Promise<Ack<{ ref: string }>> {
    return ok({ ref: await this.presence.set(peer, request) });
  }

  @SubscribeMessage('presence:watch')
  async watch(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: presenceWatchSchema }) { users, on }: PresenceWatchRequest,
  ): Promise<Ack<{ users: Record<UserId, PresenceMeta[]> }>> {
    if (on) return ok({ users: await this.presence.watch(peer, users) });
    await this.presence.unwatch(peer, users);
    return ok({ users: {} });
  }

  handleDisconnect(socket: RtSocket, reason: string): void {
    this.presence.leave(socket, reason).catch((error: unknown) => {
      this.logger.warn(`a leave was not stored, it will time out: ${String(error)}`);
    });
  }
}
