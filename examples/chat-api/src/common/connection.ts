import type { DeviceId, ServerLimits, User, UserId } from 'tabcast/contract';
import { TokenBucket } from './token-bucket.js';
import { TokenLease } from './token-lease.js';
import type { VerifiedToken } from '../auth/token.service.js';

/** What the server knows of one connection. */
export interface Connection {
  readonly user: User;
  readonly device: DeviceId;
  readonly calls: TokenBucket;
  readonly sends: TokenBucket;
  /** How long its token holds. */
  readonly lease: TokenLease;
  /** Users whose presence it watches. */
  readonly watching: Set<UserId>;
}

export function connectionOf(
  { user, expiresAt }: VerifiedToken,
  device: DeviceId,
  { sendPerSec }: ServerLimits,
): Connection {
  const now = performance.now();
  return {
    user,
    device,
    calls: new TokenBucket(CALLS_PER_SEC, 4 * CALLS_PER_SEC, now),
    sends: new TokenBucket(sendPerSec, 4 * sendPerSec, now),
    lease: new TokenLease(expiresAt),
    watching: new Set(),
  };
}

const CALLS_PER_SEC = 100;
