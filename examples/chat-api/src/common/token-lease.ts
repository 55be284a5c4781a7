import type { EpochMs } from 'tabcast/contract';

export interface LeaseEvents {
  /** The end is near. */
  expiring(expiresAt: EpochMs): void;
  expired(): void;
}

/** How long a connection's token holds. */
export class TokenLease {
  private watcher?: LeaseEvents & { warningMs: number };
  private warned = false;
  private timer?: NodeJS.Timeout;

  constructor(private expiresAt: EpochMs) {}

  /** Tells `events` of the end: `warningMs` before it, and when it has come. */
  watch(warningMs: number, events: LeaseEvents): void {
    this.watcher = { warningMs, ...events };
    this.arm();
  }

  /** A newer token was given. An older one changes nothing. Returns when the lease ends now. */
  renew(expiresAt: EpochMs): EpochMs {
    if (expiresAt > this.expiresAt) {
      this.expiresAt = expiresAt;
      this.warned = false;
      this.arm();
    }
    return this.expiresAt;
  }

  stop(): void {
    delete this.watcher;
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    if (!this.watcher) return;
    const due = this.warned ? this.expiresAt : this.expiresAt - this.watcher.warningMs;
    const wait = Math.max(0, due - Date.now());
    const next = wait > LONGEST_TIMER_MS ? () => this.arm() : () => this.fire();
    this.timer = setTimeout(next, Math.min(wait, LONGEST_TIMER_MS)).unref();
  }

  private fire(): void {
    if (this.warned) {
      this.watcher?.expired();
      return;
    }
    this.warned = true;
    this.watcher?.expiring(this.expiresAt);
    this.arm();
  }
}

/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
