import { Controller, Get, Headers, Logger, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { type AuthenticatedRequest, StreamAuthGuard } from '../auth/auth.guard.js';
import { UsersService } from '../auth/users.service.js';
import { Bus } from '../common/bus.js';
import { roomId } from '../common/validation.js';
import { Config } from '../config.js';
import { PresenceStore } from '../presence/presence-store.js';
import { MembershipService } from '../rooms/membership.service.js';
import { RoomLog } from '../rooms/room-log.js';
import { Epoch } from '../storage/epoch.js';
import { EventWriter } from './event-writer.js';
import { RoomStream, type StreamSources } from './room-stream.js';
import { StreamCounter } from './stream-counter.js';

const querySchema = z.object({
  rooms: z
    .string()
    .default('')
    .transform((rooms) => [...new Set(rooms.split(',').filter(Boolean))])
    .pipe(z.array(roomId).max(20)),
  notify: z.stringbool().default(false),
  lastEventId: z.string().optional(),
});

type StreamQuery = z.infer<typeof querySchema>;

@Controller('rt')
@UseGuards(StreamAuthGuard)
export class SseController {
  private readonly logger = new Logger(SseController.name);
  private readonly sources: StreamSources;

  constructor(
    config: Config,
    bus: Bus,
    epoch: Epoch,
    log: RoomLog,
    presence: PresenceStore,
    users: UsersService,
    private readonly membership: MembershipService,
    private readonly streams: StreamCounter,
  ) {
    this.sources = { config, bus, epoch, log, presence, users };
  }

  /**
   * Writes the response itself: NestJS's `@Sse()` would number events that carry no id, and would
   * queue without limit for a reader that is too slow.
   */
  @Get('stream')
  async stream(
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
    @Query({ schema: querySchema }) query: StreamQuery,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const { user } = request;
    const { rooms, notify } = query;
    for (const room of rooms) await this.membership.join(room, user);
    const leave = this.streams.enter(user.id);
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    const stream = new RoomStream(
      this.sources,
      { user, rooms, notify },
      new EventWriter(response, closed.signal),
    );
    try {
      await stream.run(lastEventId || query.lastEventId || null, closed.signal);
    } catch (error) {
      // The client comes back with the last id that it has seen.
      if (!closed.signal.aborted) this.logger.error(error);
    } finally {
      leave();
      response.end();
    }
  }
}
