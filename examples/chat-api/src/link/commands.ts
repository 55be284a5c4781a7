import { Injectable, Logger } from '@nestjs/common';
import type { Ack, ClientToServer } from 'tabcast/contract';
import type { z } from 'zod';
import { countCall } from '../common/rate-limit.guard.js';
import type { Peer } from '../common/realtime.js';
import { read } from '../common/validation.js';
import { ok, refused, WireException, wireError } from '../common/wire-exception.js';
import {
  PresenceGateway,
  presenceSetSchema,
  presenceWatchSchema,
} from '../presence/presence.gateway.js';
import { RoomsGateway } from '../rooms/rooms.gateway.js';
import {
  deleteSchema,
  editSchema,
  historySchema,
  joinSchema,
  leaveSchema,
  sendSchema,
  syncSchema,
} from '../rooms/schemas.js';
import { helloSchema, refreshSchema, SessionGateway } from '../session/session.gateway.js';
import { TypingGateway, typingSchema } from '../typing/typing.gateway.js';

type Handler = (peer: Peer, payload: unknown) => Promise<Ack<unknown>>;

/** Carries out calls that did not come over a socket, as the gateways do for those that did. */
@Injectable()
export class Commands {
  private readonly logger = new Logger(Commands.name);
  private readonly handlers: Record<keyof ClientToServer, Handler>;

  constructor(
    session: SessionGateway,
    rooms: RoomsGateway,
    presence: PresenceGateway,
    typing: TypingGateway,
  ) {
    this.handlers = {
      'rt:hello': handler(helloSchema, (peer, request) => session.hello(peer, request)),
      'auth:refresh': handler(refreshSchema, (peer, request) => session.refresh(peer, request)),
      'room:join': handler(joinSchema, (peer, request) => rooms.join(peer, request)),
      'room:leave': handler(leaveSchema, (peer, request) => rooms.leave(peer, request)),
      'room:sync': handler(syncSchema, (peer, request) => rooms.sync(peer, request)),
      'room:history': handler(historySchema, (peer, request) => rooms.history(peer, request)),
      'msg:send': handler(sendSchema, (peer, request) => rooms.send(peer, request)),
      'msg:edit': handler(editSchema, (peer, request) => rooms.edit(peer, request)),
      'msg:del': handler(deleteSchema, (peer, request) => rooms.remove(peer, request)),
      'presence:set': handler(presenceSetSchema, (peer, state) => presence.set(peer, state)),
      'presence:watch': handler(presenceWatchSchema, (peer, users) => presence.watch(peer, users)),
      typing: handler(typingSchema, async (peer, request) => {
        typing.set(peer, request);
        return ok(null);
      }),
    };
  }

  /** Answers whatever happens, as sockets are answered. */
  async run(peer: Peer, event: string, payload: unknown): Promise<Ack<unknown>> {
    try {
      if (!Object.hasOwn(this.handlers, event)) {
        throw new WireException('invalid', 'unable to answer; there is no such event');
      }
      countCall(peer.data, event);
      return await this.handlers[event as keyof ClientToServer](peer, payload);
    } catch (error) {
      if (!(error instanceof WireException)) this.logger.error(error);
      return refused(wireError(error));
    }
  }
}

function handler<T>(
  schema: z.ZodType<T>,
  run: (peer: Peer, request: T) => Promise<Ack<unknown>>,
): Handler {
  return async (peer, payload) => run(peer, read(schema, payload));
}
