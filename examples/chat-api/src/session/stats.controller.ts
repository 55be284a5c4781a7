import { Controller, Get, Headers } from '@nestjs/common';
import type { StatsReply } from 'tabcast/contract';
import { bearerOf } from '../auth/auth.guard.js';
import { TokenService } from '../auth/token.service.js';
import { StreamCounter } from '../sse/stream-counter.js';
import { ConnectionCounter } from './connection-counter.js';

@Controller()
export class StatsController {
  constructor(
    private readonly connections: ConnectionCounter,
    private readonly streams: StreamCounter,
    private readonly tokens: TokenService,
  ) {}

  @Get('health')
  health(): { ok: true; connections: number } {
    return { ok: true, connections: this.connections.open };
  }

  /** Who is connected is told to those who are logged in; how many, to everybody. */
  @Get('api/stats')
  async stats(@Headers('authorization') authorization?: string): Promise<StatsReply> {
    const token = bearerOf(authorization);
    const { users, ...counts } = this.connections.stats();
    const reply = { ...counts, streams: this.streams.open };
    if (token === undefined) return reply;
    await this.tokens.verify(token);
    return { ...reply, users };
  }
}
