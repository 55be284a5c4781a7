import { Controller, Get } from '@nestjs/common';
import type { StatsReply } from 'tabcast/contract';
import { StreamCounter } from '../sse/stream-counter.js';
import { ConnectionCounter } from './connection-counter.js';

@Controller()
export class StatsController {
  constructor(
    private readonly connections: ConnectionCounter,
    private readonly streams: StreamCounter,
  ) {}

  @Get('health')
  health(): { ok: true; connections: number } {
    return { ok: true, connections: this.connections.open };
  }

  @Get('api/stats')
  stats(): StatsReply {
    return { ...this.connections.stats(), streams: this.streams.open };
  }
}
