import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Connection } from './connection.js';
import type { RtSocket } from './realtime.js';
import { WireException } from './wire-exception.js';

/** Refuses calls of a connection that makes too many. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const ws = context.switchToWs();
    countCall(ws.getClient<RtSocket>().data, ws.getPattern());
    return true;
  }
}

/** Throws `rate_limited` if the connection has made too many calls. */
export function countCall({ calls, sends }: Connection, event: string): void {
  const bucket = event.startsWith('msg:') ? sends : calls;
  const retryAfterMs = bucket.take(performance.now());
  if (retryAfterMs > 0) {
    throw new WireException('rate_limited', 'unable to answer; too many calls', { retryAfterMs });
  }
}
