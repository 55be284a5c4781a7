import { until } from './until.mjs';

/** A tab and what the harness asks of it. Times it gives are of the machine's monotonic clock. */
export class Tab {
  static async open(context, url) {
    const tab = new Tab();
    tab.page = await context.newPage();
    tab.cdp = await context.newCDPSession(tab.page);
    // CPU time of the thread: on a busy machine the time of a task is mostly that of other processes.
    await tab.cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    await tab.page.goto(url);
    await tab.#loaded();
    return tab;
  }

  close() {
    return this.page.close();
  }

  /** Ends the renderer as a crash does; returns at once. */
  crash() {
    // The command gets no answer from a process that is gone.
    void this.cdp.send('Page.crash').catch(() => {});
  }

  /** Makes it the visible one of its window. */
  show() {
    return this.page.show();
  }

  /** Calls a method of the page's `bench`. */
  call(method, argument) {
    return this.page.evaluate(([name, value]) => window.bench[name](value), [method, argument]);
  }

  /** Calls a method of the page's `bench` with several arguments. */
  callWith(method, ...args) {
    return this.page.evaluate(([name, values]) => window.bench[name](...values), [method, args]);
  }

  get(property) {
    return this.page.evaluate((name) => window.bench[name], property);
  }

  untilConnected() {
    return until('connected', async () => (await this.get('state')).connected);
  }

  untilReceived(count) {
    return this.call('untilReceived', count);
  }

  /** Counters of the page's main thread, in milliseconds. */
  async mainThread() {
    const metrics = await this.metrics();
    return { script: metrics.ScriptDuration * 1000, task: metrics.TaskDuration * 1000 };
  }

  /** Bytes of the page's JavaScript heap that are in use, once the garbage is collected. */
  async heap() {
    await this.cdp.send('HeapProfiler.collectGarbage');
    return (await this.metrics()).JSHeapUsedSize;
  }

  async metrics() {
    const { metrics } = await this.cdp.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }

  async #loaded() {
    await this.page.waitForFunction(() => 'bench' in window || 'consume' in window);
    // `performance.now()` counts from here, on the clock that Node's `process.hrtime` reads too.
    this.offset = (await this.metrics()).NavigationStart * 1000;
  }
}
