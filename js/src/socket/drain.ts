/** Lets an app wait until the connection has sent what it was given. */
export class Drain {
  /** More waits at the socket than it can send soon. */
  #congested = false;
  #waiting: { readonly isEmpty: () => boolean; readonly resolve: () => void }[] = [];

  setCongested(congested: boolean): void {
    this.#congested = congested;
    this.check();
  }

  /** Resolves when `isEmpty`, and the connection is not congested. */
  wait(isEmpty: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isEmpty, resolve });
      this.check();
    });
  }

  /** Something may have become empty. */
  check(): void {
    if (this.#congested || this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({ isEmpty }) => isEmpty());
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}
