import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  DEFAULT_JOIN_LIMIT,
  type HistoryReply,
  type HistoryRequest,
  type JoinRequest,
  type RoomId,
  type RoomSnapshot,
  type Seq,
  type SyncReply,
  type SyncRequest,
  type User,
} from 'tabcast/contract';
import { audience, type Peer } from '../common/realtime.js';
import { WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { Epoch } from '../storage/epoch.js';
import { TypingService } from '../typing/typing.service.js';
import { MembershipService } from './membership.service.js';
import { RoomLog } from './room-log.js';

/** Joining and reading rooms. */
@Injectable()
export class RoomsService implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly log: RoomLog,
    private readonly membership: MembershipService,
    private readonly typing: TypingService,
    private readonly epoch: Epoch,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const room of SEEDED_ROOMS) await this.log.create(room);
  }

  /** From here on the connection hears of the room's ops, of which the snapshot holds the start. */
  async join(peer: Peer, request: JoinRequest): Promise<RoomSnapshot> {
    const { roomId } = request;
    await this.log.head(roomId);
    // A peer that has gone would stay in the room for ever.
    if (!peer.connected) throw new WireException('unavailable', 'unable to join; disconnected');
    await peer.join(audience.room(roomId));
    await this.membership.join(roomId, peer.data.user);
    return this.snapshot(request);
  }

  async leave(peer: Peer, roomId: RoomId): Promise<void> {
    this.typing.stop(peer, roomId);
    await peer.leave(audience.room(roomId));
  }

  async sync(user: User, request: SyncRequest): Promise<SyncReply> {
    const { roomId, from, to = Number.MAX_SAFE_INTEGER, limit } = request;
    const { syncMax } = this.config.limits;
    await this.membership.require(roomId, user);
    const head = await this.log.head(roomId);
    const last = Math.min(to, head);
    if (last - from >= syncMax) {
      throw new WireException('gap_too_large', `unable to sync; more than ${syncMax} ops`, {
        details: { head, firstSeq: FIRST_SEQ },
      });
    }
    const end = Math.min(last, from + Math.min(limit ?? syncMax, syncMax) - 1);
    return { ops: await this.log.ops(roomId, from, end), head, more: end < last };
  }

  async history(user: User, request: HistoryRequest): Promise<HistoryReply> {
    const { roomId, before } = request;
    const limit = Math.min(request.limit, this.config.limits.historyPage);
    await this.membership.require(roomId, user);
    const messages = await this.log.messages(roomId, before, limit + 1);
    const more = messages.length > limit;
    return { messages: more ? messages.slice(1) : messages, more };
  }

  private async snapshot(request: JoinRequest): Promise<RoomSnapshot> {
    const { roomId } = request;
    const head = await this.log.head(roomId);
    const window = this.window(request, head);
    return {
      roomId,
      epoch: this.epoch.value,
      head,
      firstSeq: FIRST_SEQ,
      ops: await this.log.ops(roomId, window.from, head),
      more: window.more,
      members: await this.log.members(roomId, this.config.limits.membersMax),
      typing: this.typing.typers(roomId),
    };
  }

  /** The first op of a snapshot, and whether ops are left out before it. */
  private window({ epoch, since, limit }: JoinRequest, head: Seq): { from: Seq; more: boolean } {
    const { syncMax, historyPage } = this.config.limits;
    if (since !== undefined && epoch === this.epoch.value) {
      const missing = head - since;
      if (missing >= 0 && missing <= syncMax) return { from: since + 1, more: false };
    }
    const newest = Math.min(limit ?? DEFAULT_JOIN_LIMIT, historyPage);
    const from = Math.max(FIRST_SEQ, head - newest + 1);
    return { from, more: from > FIRST_SEQ };
  }
}

/** Nothing is ever thrown away. */
const FIRST_SEQ = 1;

const SEEDED_ROOMS = [
  { roomId: 'general', name: 'General', topic: 'For everybody' },
  { roomId: 'random', name: 'Random', topic: 'Everything else' },
  { roomId: 'support', name: 'Support', topic: 'Questions and answers' },
];
