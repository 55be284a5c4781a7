import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type {
  Ack,
  ChangeReply,
  DeleteRequest,
  EditRequest,
  HistoryReply,
  HistoryRequest,
  JoinRequest,
  RoomId,
  RoomSnapshot,
  SendRequest,
  SyncReply,
  SyncRequest,
  WireMessage,
} from 'tabcast/contract';
import type { Peer } from '../common/realtime.js';
import { RtGateway } from '../common/rt-gateway.js';
import { ok } from '../common/wire-exception.js';
import { MessagesService } from './messages.service.js';
import { RoomsService } from './rooms.service.js';
import {
  deleteSchema,
  editSchema,
  historySchema,
  joinSchema,
  leaveSchema,
  sendSchema,
  syncSchema,
} from './schemas.js';

@RtGateway()
export class RoomsGateway {
  constructor(
    private readonly rooms: RoomsService,
    private readonly messages: MessagesService,
  ) {}

  @SubscribeMessage('room:join')
  async join(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: joinSchema }) request: JoinRequest,
  ): Promise<Ack<RoomSnapshot>> {
    return ok(await this.rooms.join(peer, request));
  }

  @SubscribeMessage('room:leave')
  async leave(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: leaveSchema }) { roomId }: { roomId: RoomId },
  ): Promise<Ack<{ left: true }>> {
    await this.rooms.leave(peer, roomId);
    return ok({ left: true });
  }

  @SubscribeMessage('room:sync')
  async sync(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: syncSchema }) request: SyncRequest,
  ): Promise<Ack<SyncReply>> {
    return ok(await this.rooms.sync(peer.data.user, request));
  }

  @SubscribeMessage('room:history')
  async history(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: historySchema }) request: HistoryRequest,
  ): Promise<Ack<HistoryReply>> {
    return ok(await this.rooms.history(peer.data.user, request));
  }

  @SubscribeMessage('msg:send')
  async send(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: sendSchema }) request: SendRequest,
  ): Promise<Ack<WireMessage>> {
    return ok(await this.messages.send(peer.data, request));
  }

  @SubscribeMessage('msg:edit')
  async edit(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: editSchema }) request: EditRequest,
  ): Promise<Ack<ChangeReply>> {
    return ok(await this.messages.edit(peer.data, request));
  }

  @SubscribeMessage('msg:del')
  async remove(
    @ConnectedSocket() peer: Peer,
    @MessageBody({ schema: deleteSchema }) request: DeleteRequest,
  ): Promise<Ack<ChangeReply>> {
    return ok(await this.messages.remove(peer.data, request));
  }
}
