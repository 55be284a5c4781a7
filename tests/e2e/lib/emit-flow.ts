import type { Socket } from 'socket.io';
import { SHARED } from './probe.js';
import type { Tab } from './tab.js';
import { until, untilEqual } from './until.js';

/** What a tab knows of the events that it emitted. */
export interface FlowReport {
  readonly sent: string[];
  readonly acked: string[];
  /** Code, and name of the class, of what failed. */
  readonly failed: (readonly [key: string, code: string, name: string])[];
  /** The longest that an acknowledgement took, in milliseconds. */
  readonly slowest: number;
}

/** A tab that emits numbered events at a steady rate, every second one with an acknowledgement. */
export class EmitFlow<T extends Tab = Tab> {
  private constructor(readonly tab: T) {}

  static async open<T extends Tab>(tab: T, delivery: string): Promise<EmitFlow<T>> {
    // WebKit's driver does not wait for the scripts of a page.
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
    await tab.run(`(${install})(...args)`, { ...SHARED, delivery });
    await untilEqual('connected', () => tab.run('return socket.connected'), true);
    return new EmitFlow(tab);
  }

  /** @param perSecond events; hidden tabs make up for what their slow timers missed */
  async start(name: string, perSecond: number): Promise<void> {
    await this.tab.run('flow.start(...args)', name, perSecond);
  }

  /** Ends the flow and waits until all that wait for an acknowledgement know. */
  async finish(): Promise<FlowReport> {
    await this.tab.run('flow.stop()');
    await untilEqual('waiting', () => this.tab.run('return flow.waiting'), 0);
    return this.tab.run('return flow.report');
  }

  role(): Promise<string> {
    return this.tab.run('return socket.io.tabs.getSnapshot().role');
  }
}

/** The server's side: how often each event was carried out, in the order of the first time. */
export class Carried {
  readonly times = new Map<string, number>();

  /** Answers at once, or a little later, so that answers get lost. */
  readonly listen = (socket: Socket): void => {
    socket.on('plain', (key: string) => this.#note(key));
    socket.on('asked', (key: string, reply: (key: string) => void) => {
      this.#note(key);
      setTimeout(() => reply(key), (this.times.size % 5) * 4);
    });
  };

  of(name: string): string[] {
    return [...this.times.keys()].filter((key) => key.startsWith(`${name}:`));
  }

  get repeated(): string[] {
    return [...this.times].filter(([, times]) => times > 1).map(([key]) => key);
  }

  #note(key: string): void {
    this.times.set(key, (this.times.get(key) ?? 0) + 1);
  }
}

/** Runs in the page. */
function install(options: object): void {
  const page = window as any;
  const report = { sent: [], acked: [], failed: [], slowest: 0 } as any;
  let timer: ReturnType<typeof setInterval>;
  page.socket = page.tabcast.io('/', options);
  page.flow = {
    report,
    waiting: 0,
    start(name: string, perSecond: number) {
      const begin = performance.now();
      let next = 0;
      timer = setInterval(() => {
        const due = ((performance.now() - begin) / 1000) * perSecond;
        for (; next < due; next += 1) emit(`${name}:${next}`, next % 2 === 1);
      }, 5);
    },
    stop: () => clearInterval(timer),
  };
  function emit(key: string, asks: boolean): void {
    report.sent.push(key);
    if (!asks) {
      page.socket.emit('plain', key);
      return;
    }
    const at = performance.now();
    page.flow.waiting += 1;
    page.socket
      .emitWithAck('asked', key)
      .then(
        (answer: string) => report.acked.push(answer),
        (error: any) => report.failed.push([key, error.code, error.name]),
      )
      .finally(() => {
        page.flow.waiting -= 1;
        report.slowest = Math.max(report.slowest, performance.now() - at);
      });
  }
}
