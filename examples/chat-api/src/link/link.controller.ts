import {
  type BeforeApplicationShutdown,
  Body,
  Controller,
  Get,
  HttpCode,
  Logger,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { type Ack, type CommandRequest, type LinkQuery, PROTOCOL_VERSION } from 'tabcast/contract';
import { z } from 'zod';
import { AuthGuard, type AuthenticatedRequest } from '../auth/auth.guard.js';
import { Bus } from '../common/bus.js';
import { connectionOf } from '../common/connection.js';
import { deviceId } from '../common/validation.js';
import { Config } from '../config.js';
import { PresenceService } from '../presence/presence.service.js';
import { RoomLog } from '../rooms/room-log.js';
import { EventWriter } from '../sse/event-writer.js';
import { StreamCounter } from '../sse/stream-counter.js';
import { Epoch } from '../storage/epoch.js';
import { TypingService } from '../typing/typing.service.js';
import { CommandRouter } from './command-router.js';
import { type PeerSources, PeerStream } from './peer-stream.js';
import { StreamPeer } from './stream-peer.js';
import { peerName, StreamPeers } from './stream-peers.js';

const linkSchema = z.object({
  device: deviceId,
  connection: deviceId,
  v: z.literal(String(PROTOCOL_VERSION), `this server speaks version ${PROTOCOL_VERSION}`),
}) satisfies z.ZodType<LinkQuery>;

const commandSchema = z.object({
  connection: deviceId,
  event: z.string(),
  payload: z.unknown(),
}) satisfies z.ZodType<Record<keyof CommandRequest, unknown>>;

/** The chat without a socket: a stream of what happens, and a request for every call. */
@Controller('rt')
@UseGuards(AuthGuard)
export class LinkController implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LinkController.name);
  private readonly sources: PeerSources;

  constructor(
    private readonly config: Config,
    bus: Bus,
    epoch: Epoch,
    log: RoomLog,
    private readonly presence: PresenceService,
    private readonly typing: TypingService,
    private readonly streams: StreamCounter,
    private readonly peers: StreamPeers,
    private readonly router: CommandRouter,
  ) {
    this.sources = { config, bus, epoch, log };
  }

  @Get('link')
  async link(
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
    @Query({ schema: linkSchema }) { device, connection }: LinkQuery,
  ): Promise<void> {
    const { user } = request;
    const uncount = this.streams.enter(user.id);
    const peer = new StreamPeer(
      peerName(user.id, connection),
      connectionOf(request, device, this.config.limits),
    );
    response.on('close', () => peer.close());
    this.watchToken(peer);
    const leave = this.peers.enter(peer);
    try {
      await new PeerStream(this.sources, peer, new EventWriter(response, peer.ended)).run();
    } catch (error) {
      // The client comes back and asks for what it has missed.
      if (peer.connected) this.logger.error(error);
    } finally {
      leave();
      uncount();
      await this.forget(peer);
      response.end();
    }
  }

  @Post('cmd')
  @HttpCode(200)
  command(
    @Req() { user }: AuthenticatedRequest,
    @Body({ schema: commandSchema }) request: z.infer<typeof commandSchema>,
  ): Promise<Ack<unknown>> {
    const { connection, event, payload } = request;
    return this.router.run(peerName(user.id, connection), event, payload);
  }

  beforeApplicationShutdown(): void {
    this.peers.closeAll();
  }

  private watchToken(peer: StreamPeer): void {
    peer.data.lease.watch(this.config.authWarningMs, {
      expiring: (expiresAt) => peer.push({ type: 'auth:expiring', data: { expiresAt } }),
      expired: () => peer.close(),
    });
  }

  private async forget(peer: StreamPeer): Promise<void> {
    peer.close();
    peer.data.lease.stop();
    this.typing.stopAll(peer);
    await this.presence.leave(peer, 'stream closed').catch((error: unknown) => {
      this.logger.warn(`a leave was not stored, it will time out: ${String(error)}`);
    });
  }
}
