import type { Tab } from './tab.js';
import { until, untilEqual } from './until.js';

/** What a socket said: the name of the event, then what came with it. */
export type Note = readonly [event: string, ...details: unknown[]];

export interface ProbeOptions {
  /** Options of `io()`. */
  readonly io?: Record<string, unknown>;
  /** Events that are listened to. */
  readonly listen?: readonly string[];
  /** Several sockets in one tab need names. */
  readonly name?: string;
}

/** Reconnects at once, so that tests need not wait. */
export const FAST = { reconnectionDelay: 20, reconnectionDelayMax: 50 };

/** Options of a connection that the tabs of a profile share. */
export const SHARED = { ...FAST, shared: true, scope: 'user' };

/** A socket in a tab, of which everything is noted that its listeners hear. */
export class Probe {
  private constructor(
    readonly tab: Tab,
    private readonly name: string,
  ) {}

  /** Connects to `url`, unless `autoConnect` is off. */
  static async open(tab: Tab, url: string, options: ProbeOptions = {}): Promise<Probe> {
    const { io = FAST, listen = ['before', 'after'], name = 'main' } = options;
    // WebKit's driver does not wait for the scripts of a page.
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
    await tab.run(`(${install})()`);
    await tab.run('window.probe.open(...args)', name, url, io, listen);
    return new Probe(tab, name);
  }

  /** Runs the body of an async function with `socket` and `args`. */
  run<T = unknown>(body: string, ...args: unknown[]): Promise<T> {
    const socket = `const socket = window.probe.sockets[${JSON.stringify(this.name)}];`;
    return this.tab.run<T>(`${socket} ${body}`, ...args);
  }

  notes(): Promise<Note[]> {
    return this.tab.run('return window.probe.notes[args[0]]', this.name);
  }

  async notesOf(event: string): Promise<Note[]> {
    return (await this.notes()).filter((note) => note[0] === event);
  }

  /** When something was noted, in milliseconds of the page. */
  times(event: string): Promise<number[]> {
    return this.tab.run('return window.probe.times(...args)', this.name, event);
  }

  /** Exceptions and rejections that nobody caught, of the whole page. */
  uncaught(): Promise<string[]> {
    return this.tab.run('return window.probe.uncaught');
  }

  connected(): Promise<boolean> {
    return this.run('return socket.connected');
  }

  /** Waits until exactly this was noted. */
  untilNoted(notes: readonly Note[]): Promise<void> {
    return untilEqual('notes', () => this.notes(), [...notes], 5000);
  }

  /** Waits until `event` was noted so often. */
  async untilCount(event: string, count: number): Promise<void> {
    await untilEqual(event, async () => (await this.notesOf(event)).length, count);
  }

  untilConnected(): Promise<void> {
    return untilEqual('connected', () => this.connected(), true);
  }
}

/** Runs in the page. */
function install(): void {
  const page = window as any;
  if (page.probe) return;
  const uncaught: string[] = [];
  addEventListener('error', (event) => {
    uncaught.push(`error: ${event.message}`);
  });
  addEventListener('unhandledrejection', (event) => {
    uncaught.push(`unhandledrejection: ${String(event.reason)}`);
  });
  const sockets: Record<string, any> = {};
  const notes: Record<string, unknown[][]> = {};
  const moments: Record<string, number[]> = {};
  const plain = (value: any): unknown[] =>
    value instanceof Error
      ? [(value as any).code ?? value.name, ...((value as any).data ? [(value as any).data] : [])]
      : [];
  page.probe = {
    sockets,
    notes,
    uncaught,
    messages: [],
    times: (name: string, event: string) =>
      moments[name]!.filter((_, at) => notes[name]![at]![0] === event),
    open(name: string, url: string, io: Record<string, unknown>, listen: string[]) {
      sockets[name]?.disconnect();
      notes[name] = [];
      moments[name] = [];
      const note = (...what: unknown[]): void => {
        notes[name]!.push(what);
        moments[name]!.push(performance.now());
      };
      uncaught.length = 0;
      const socket = page.tabcast.io(url, { transports: ['websocket'], ...io });
      sockets[name] = socket;
      const manager = socket.io;
      socket.on('connect', () => note('connect'));
      socket.on('disconnect', (reason: string, why: unknown) =>
        note('disconnect', reason, ...plain(why)),
      );
      socket.on('connect_error', (error: any) => {
        page.probe.messages.push(error.message);
        note('connect_error', ...plain(error));
      });
      // A connection that did not come about is heard as `connect_error` too.
      manager.on('error', (error: any) => {
        if (error.code === 'invalid' || error.code === 'too_large') note('error', error.code);
      });
      manager.on('reconnect_failed', () => note('reconnect_failed'));
      for (const event of listen) {
        socket.on(event, (...args: unknown[]) =>
          note(event, ...args.filter((arg) => typeof arg !== 'function')),
        );
      }
    },
  };
}
