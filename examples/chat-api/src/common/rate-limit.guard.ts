import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { RtSocket } from './realtime.js';
import { WireException } from './wire-exception.js';

/** Refuses calls of a connection that makes too many. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const ws = context.switchToWs();
    const { calls, sends } = ws.getClient<RtSocket>().data;
    const bucket = ws.getPattern().startsWith('msg:') ? sends : calls;
    const retryAfterMs = bucket.take(performance.now());
    if (retryAfterMs > 0) {
      throw new WireException('rate_limited', 'unable to answer; too many calls', { retryAfterMs });
    }
    return true;
  }
}
