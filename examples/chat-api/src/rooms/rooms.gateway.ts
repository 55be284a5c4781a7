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
import type { RtSocket } from '../common/realtime.js';
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
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: joinSchema }) request: JoinRequest,
  ): Promise<Ack<RoomSnapshot>> {
    return ok(await this.rooms.join(socket, request));
  }

  @SubscribeMessage('room:leave')
  async leave(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: leaveSchema }) { roomId }: { roomId: RoomId },
  ): Promise<Ack<{ left: true }>> {
    await this.rooms.leave(socket, roomId);
    return ok({ left: true });
  }

  @SubscribeMessage('room:sync')
  async sync(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: syncSchema }) request: SyncRequest,
  ): Promise<Ack<SyncReply>> {
    return ok(await this.rooms.sync(socket.data.user, request));
  }

  @SubscribeMessage('room:history')
  async history(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: historySchema }) request: HistoryRequest,
  ): Promise<Ack<HistoryReply>> {
    return ok(await this.rooms.history(socket.data.user, request));
  }

  @SubscribeMessage('msg:send')
  async send(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: sendSchema }) request: SendRequest,
  ): Promise<Ack<WireMessage>> {
    return ok(await this.messages.send(socket.data, request));
  }

  @SubscribeMessage('msg:edit')
  async edit(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: editSchema }) request: EditRequest,
  ): Promise<Ack<ChangeReply>> {
    return ok(await this.messages.edit(socket.data, request));
  }

  @SubscribeMessage('msg:del')
  async remove(
    @ConnectedSocket() socket: RtSocket,
    @MessageBody({ schema: deleteSchema }) request: DeleteRequest,
  ): Promise<Ack<ChangeReply>> {
    return ok(await this.messages.remove(socket.data, request));
  }
}
