import { Injectable } from '@nestjs/common';
import type { UserId } from 'tabcast/contract';
import { WireException } from '../common/wire-exception.js';

/** Counts the open event streams of this node, and limits those of one user. */
@Injectable()
export class StreamCounter {
  private readonly byUser = new Map<UserId, number>();
  private total = 0;

  get open(): number {
    return this.total;
  }

  /** Counts a stream in; throws `rate_limited` if the user has too many. Returns how to count it out. */
  enter(user: UserId): () => void {
    const own = this.byUser.get(user) ?? 0;
    if (own >= MAX_PER_USER) {
      throw new WireException('rate_limited', 'unable to open the stream; too many are open', {
        retryAfterMs: 5000,
      });
    }
    this.count(user, 1);
    return () => this.count(user, -1);
  }

  private count(user: UserId, change: 1 | -1): void {
    this.total += change;
    const own = (this.byUser.get(user) ?? 0) + change;
    if (own > 0) this.byUser.set(user, own);
    else this.byUser.delete(user);
  }
}

const MAX_PER_USER = 32;
