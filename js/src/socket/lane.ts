/** Runs tasks in the order in which they came, although some have to wait for something first. */
export class Lane {
  #last: Promise<void> | undefined;

  /** Whether the next task that waits for nothing runs at once. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  /**
   * Runs `task` when all earlier ones have run and `preparation` is there.
   *
   * @param failed is called instead of `task` if the preparation fails
   */
  run<T>(
    preparation: Promise<T> | undefined,
    task: (prepared: T | undefined) => void,
    failed: (error: unknown) => void,
  ): void {
    if (this.idle && !preparation) {
      task(undefined);
      return;
    }
    const last = Promise.allSettled([preparation, this.#last]).then(([prepared]) => {
      if (this.#last === last) this.#last = undefined;
      if (prepared.status === 'fulfilled') task(prepared.value);
      else failed(prepared.reason);
    });
    this.#last = last;
  }
}
