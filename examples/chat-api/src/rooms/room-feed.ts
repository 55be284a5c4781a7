import { Injectable } from '@nestjs/common';
import type { RoomId, RoomOp } from 'tabcast/contract';
import { Bus } from '../common/bus.js';
import { audience, Realtime } from '../common/realtime.js';
import { Epoch } from '../storage/epoch.js';

/** Tells everybody in a room of a stored op: sockets get it, streams fetch it. */
@Injectable()
export class RoomFeed {
  constructor(
    private readonly realtime: Realtime,
    private readonly bus: Bus,
    private readonly epoch: Epoch,
  ) {}

  publish(roomId: RoomId, op: RoomOp): void {
    const event = { roomId, epoch: this.epoch.value, op };
    this.realtime.namespace.to(audience.room(roomId)).emit('room:op', event);
    this.bus.publish('op', { roomId, seq: op.seq });
  }
}
