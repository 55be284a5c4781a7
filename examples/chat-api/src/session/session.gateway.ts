import type { BeforeApplicationShutdown } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import {
  type Ack,
  type EpochMs,
  type HelloReply,
  type HelloRequest,
  PROTOCOL_VERSION,
  type RefreshRequest,
} from 'tabcast/contract';
import { z } from 'zod';
import { socketAuth } from '../auth/socket-auth.js';
import { TokenService } from '../auth/token.service.js';
import { UsersService } from '../auth/users.service.js';
import { type Peer, Realtime, type RtNamespace, type RtSocket } from '../common/realtime.js';
import { RtGateway } from '../common/rt-gateway.js';
import { deviceId, roomId } from '../common/validation.js';
import { ok, refused, WireException, wireError } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { PresenceService } from '../presence/presence.service.js';
import { cursor } from '../rooms/schemas.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { ConnectionCounter } from './connection-counter.js';

export const helloSchema = z.object({
  v: z.literal(PROTOCOL_VERSION),
  device: deviceId,
  kind: z.enum(['web', 'mobile', 'desktop', 'bot']),
  rooms: z.array(z.object({ roomId, ...cursor })).max(100),
}) satisfies z.ZodType<HelloRequest>;

export const refreshSchema = z.object({ token: z.string() }) satisfies z.ZodType<RefreshRequest>;

/** The life of a connection: handshake, `rt:hello`, and the end of the server. */
@RtGateway()
export class SessionGateway implements BeforeApplicationShutdown {
  constructor(
    private readonly config: Config,
    private readonly tokens: TokenService,
    private readonly users: UsersService,
    private readonly rooms: RoomsService,
    private readonly presence: PresenceService,
    private readonly realtime: Realtime,
    private readonly connections: ConnectionCounter,
  ) {}

  afterInit(namespace: RtNamespace): void {
    namespace.use(socketAuth(this.tokens, this.config.limits));
    this.realtime.attach(namespace);
    this.connections.attach(namespace);
  }

  handleConnection(socket: RtSocket): void {
    const { lease } = socket.data;
    lease.watch(this.config.authWarningMs, {
      expiring: (expiresAt) => socket.emit('auth:expiring', { expiresAt }),
      expired: () => socket.disconnect(),
    });
    socket.once('disconnect', () => lease.stop());
    socket.onAny((event: string, ...args: unknown[]) => {
      const answer = args.at(-1);
      if (socket.listenerCount(event as never) > 0 || typeof answer !== 'function') return;
      const error = new WireException('invalid', 'unable to answer; there is no such event');
      answer(refused(error.wire));
    });
  }

  @SubscribeMessage('rt:hello')
  async hello(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: helloSchema }) request: HelloRequest,
  ): Promise<Ack<HelloReply>> {
    const { user, device } = peer.data;
    if (request.device !== device) {
      throw new WireException('invalid', 'unable to greet; not the device of the handshake');
    }
    // For the list of users: the token may be older than this database.
    await this.users.save(user);
    const reply: HelloReply = {
      user: user.id,
      session: await this.presence.enter(peer, request.kind),
      now: Date.now(),
      limits: this.config.limits,
      rooms: [],
      denied: [],
    };
    for (const room of request.rooms) {
      try {
        reply.rooms.push(await this.rooms.join(peer, room));
      } catch (error) {
        reply.denied.push({ roomId: room.roomId, error: wireError(error) });
      }
    }
    return ok(reply);
  }

  @SubscribeMessage('auth:refresh')
  async refresh(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: refreshSchema }) { token }: RefreshRequest,
  ): Promise<Ack<{ expiresAt: EpochMs }>> {
    const { user, expiresAt } = await this.tokens.verify(token);
    if (user.id !== peer.data.user.id) {
      throw new WireException('forbidden', 'unable to take the token; it is of somebody else');
    }
    return ok({ expiresAt: peer.data.lease.renew(expiresAt) });
  }

  /** Closes transports and not sockets: after the latter, clients would not come back. */
  beforeApplicationShutdown(): void {
    const { namespace } = this.realtime;
    for (const socket of namespace.sockets.values()) {
      socket.emit('rt:drain', { reconnectInMs: Math.ceil(Math.random() * DRAIN_SPREAD_MS) });
    }
    namespace.server.engine.close();
  }
}

/** Over how long clients of a node that goes away spread their return. */
const DRAIN_SPREAD_MS = 1000;
