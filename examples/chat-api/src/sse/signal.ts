/** Wakes one waiter; a raise that nobody waits for is kept. */
export class Signal {
  private raised = false;
  private wake: (() => void) | null = null;

  raise(): void {
    this.raised = true;
    this.wake?.();
  }

  /** Waits until raised (`true`), or until `ms` are over or `abort` fires (`false`). */
  async wait(ms: number, abort: AbortSignal): Promise<boolean> {
    if (!this.raised && !abort.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          abort.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        this.wake = done;
        abort.addEventListener('abort', done, { once: true });
      });
    }
    const { raised } = this;
    this.raised = false;
    this.wake = null;
    return raised;
  }
}
