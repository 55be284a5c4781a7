import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { TokenBucket } from '../common/token-bucket.js';
import { WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';

/** Refuses logins from an address that makes too many: each one may store a user. */
@Injectable()
export class LoginLimitGuard implements CanActivate {
  /** The address that was seen last comes last. */
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const { ip = '' } = context.switchToHttp().getRequest<Request>();
    const now = performance.now();
    const { loginsPerMin } = this.config;
    const bucket = this.buckets.get(ip) ?? new TokenBucket(loginsPerMin / 60, loginsPerMin, now);
    this.buckets.delete(ip);
    this.buckets.set(ip, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MAX_ADDRESSES && oldest !== undefined) this.buckets.delete(oldest);
    const retryAfterMs = bucket.take(now);
    if (retryAfterMs > 0) {
      throw new WireException('rate_limited', 'unable to log in; too many logins', {
        retryAfterMs,
      });
    }
    return true;
  }
}

const MAX_ADDRESSES = 10_000;
