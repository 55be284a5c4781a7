import type { Tab } from './tab.js';
import { until, untilEqual } from './until.js';

/** A page that reads an event stream whose data are numbers. */
export class Reader {
  private constructor(readonly tab: Tab) {}

  /** Opens the stream; `setup` is code that may change `options` before. */
  static async open(
    tab: Tab,
    url: string,
    options: Record<string, unknown> = {},
    setup = '',
  ): Promise<Reader> {
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
    await tab.run(
      `const [url, given] = args;
       const options = { retry: { base: 50, max: 200 }, ...given };
       window.heard = []; window.states = []; window.failures = []; window.problems = [];
       ${setup}
       window.feed = tabcast.openEvents(url, options);
       feed.onEvent((event) => heard.push(Number(event.data)));
       feed.onState((state) => states.push(state.status));
       feed.onFailure(({ kind, status, body, willRetry }) =>
         failures.push([kind, status ?? null, body ?? null, willRetry]));
       feed.onProblem((problem) => problems.push(problem.kind));`,
      url,
      options,
    );
    return new Reader(tab);
  }

  heard(): Promise<number[]> {
    return this.tab.run('return heard');
  }

  failures(): Promise<unknown[][]> {
    return this.tab.run('return failures');
  }

  status(): Promise<string> {
    return this.tab.run('return feed.state.status');
  }

  role(): Promise<string> {
    return this.tab.run('return feed.tabs.getSnapshot().role');
  }

  untilOpen(): Promise<void> {
    return untilEqual('status', () => this.status(), 'open');
  }

  /** Waits for event `last`; then all from the first that was heard must have come once, in order. */
  async untilComplete(last: number): Promise<void> {
    await until(`event ${last}`, () => this.tab.run(`return heard.at(-1) >= args[0]`, last));
    const heard = await this.heard();
    const first = heard[0] ?? last;
    const all = Array.from({ length: heard.length }, (_, at) => first + at);
    if (JSON.stringify(heard) !== JSON.stringify(all)) {
      const at = heard.findIndex((number, index) => number !== all[index]);
      throw new Error(`heard ${heard.slice(Math.max(0, at - 3), at + 5)} around place ${at}`);
    }
    const problems = await this.tab.run<string[]>('return problems');
    if (problems.length > 0) throw new Error(`told of ${problems}`);
  }
}
