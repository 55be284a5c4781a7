import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ChromiumTab } from './chromium.js';
import { POLITE, RawPeer, type Manners, type RawSession } from './raw-peer.js';
import { until } from './until.js';

/** What a script wrote down. Each list has its own order. */
export interface Transcript {
  /** What the app heard. */
  readonly events: readonly string[];
  /** What the server heard. */
  readonly wire: readonly string[];
}

/** The same steps for both clients. */
export interface Script {
  readonly name: string;
  /** Options of `io()`. */
  readonly options?: Record<string, unknown>;
  readonly namespace?: string;
  readonly manners?: Partial<Manners>;
  /** Runs in the page right after `io()`; knows `socket`, `note`, `io`, `url` and `options`. */
  readonly page?: string;
  /** What happens then. Must end with something that is written down last. */
  readonly steps: (scene: Scene) => Promise<unknown>;
  /** What tabcast does in place of it, on purpose: a row of the README's table. */
  readonly difference?: Difference;
}

/** A row of the README's table, and what both clients do. */
export interface Difference {
  /** The left cell of the row, or its beginning. */
  readonly row: string;
  readonly upstream: Partial<Transcript>;
  readonly tabcast: Partial<Transcript>;
}

/** One script at work. */
export class Scene {
  constructor(
    readonly peer: RawPeer,
    readonly tab: ChromiumTab,
  ) {}

  /** Runs a statement in the page. */
  run<T>(body: string, ...args: unknown[]): Promise<T> {
    return this.tab.run(`const { socket, note, io, url } = window.scene; ${body}`, ...args);
  }

  /** Waits until the app heard `event`, so often. */
  async heard(event: string, times = 1): Promise<void> {
    await until(`"${event}"`, async () => {
      const events = await this.tab.run<string[]>('return window.scene.events');
      return events.filter((line) => line.startsWith(event)).length >= times;
    });
  }

  /** Waits until the server got `frame` in session `index`. */
  async got(frame: string, index = 0): Promise<RawSession> {
    return until(`frame ${frame}`, () => {
      const session = this.peer.sessions[index];
      return session?.frames.includes(frame) && session;
    });
  }

  /** Says something in session `index`, in frames. */
  async say(index: number, ...frames: (string | Buffer)[]): Promise<void> {
    const session = await until(`session ${index}`, () => this.peer.sessions[index]);
    for (const frame of frames) session.send(frame);
  }

  /** Waits until the app heard `event`, so often, or for something else. */
  async either(event: string, times: number, other: () => Promise<unknown>): Promise<void> {
    await Promise.any([this.heard(event, times), other()]);
  }

  /** Lets the client show that it can still hear and speak, in session `index`. */
  async check(index = 0): Promise<void> {
    await this.say(index, '42["check"]');
    await this.got('42["checked"]', index);
  }
}

/** Plays `script` with one of the clients, in a page of its own. */
export async function play(
  script: Script,
  client: 'upstream' | 'tabcast',
  tab: ChromiumTab,
): Promise<Transcript> {
  const peer = await RawPeer.start();
  peer.manners = { ...POLITE, ...script.manners };
  try {
    await until('page', () => tab.run(`return 'tabcast' in window`));
    if (client === 'upstream') await tab.page.addScriptTag({ path: UPSTREAM });
    const options = { transports: ['websocket'], ...FAST, ...script.options };
    const begin = `(${install})(${client === 'upstream' ? 'window.io' : 'window.tabcast.io'}, ...args)`;
    await tab.run(begin, `${peer.url}${script.namespace ?? '/'}`, options, script.page ?? '');
    const scene = new Scene(peer, tab);
    await script.steps(scene);
    const events = await tab.run<string[]>('return [...window.scene.events]');
    const wire = peer.sessions.flatMap(({ index, frames }) =>
      frames.map((frame) => `${index} ${frame}`),
    );
    await tab.run(
      'window.scene.socket.off(); window.scene.socket.io.off(); window.scene.socket.disconnect()',
    );
    return { events, wire };
  } finally {
    await peer.stop();
  }
}

/** Runs in the page: makes a socket and writes down what its listeners hear. */
function install(io: any, url: string, options: any, script: string): void {
  const events: string[] = [];
  // The texts of errors that end a connection are often accidents of an engine.
  const kind = (value: any): unknown => (value instanceof Error ? { description: 'Error' } : value);
  const text = (value: any): string => {
    if (value instanceof Error) return `Error(${value.message})`;
    if (value instanceof ArrayBuffer) return `bytes(${new Uint8Array(value).join()})`;
    if (typeof value === 'function') return 'function';
    if (value && typeof value === 'object' && !Array.isArray(value) && 'description' in value) {
      return `described(${value.description})`;
    }
    return JSON.stringify(value) ?? 'undefined';
  };
  const note = (event: string, ...details: unknown[]): void => {
    events.push([event, ...details.map(text)].join(' '));
  };
  addEventListener('error', (event) => note('uncaught', (event.error as Error)?.message ?? ''));
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    note('unhandled', (event.reason as Error)?.message ?? '');
  });
  const given = options;
  if (typeof given.auth === 'string') given.auth = eval(`(${given.auth as string})`);
  const socket = io(url, given);
  const scene = { socket, events, note, io, url, options: given };
  (window as any).scene = scene;
  const manager = socket.io;
  socket.on('connect', () => note('connect'));
  socket.on('connect_error', (error: any) =>
    error.data === undefined
      ? note('connect_error', error)
      : note('connect_error', error, error.data),
  );
  socket.on('disconnect', (reason: string, why: unknown) =>
    why === undefined ? note('disconnect', reason) : note('disconnect', reason, kind(why)),
  );
  for (const event of ['open', 'error', 'reconnect_attempt', 'reconnect_error']) {
    manager.on(event, (...args: unknown[]) => note(`io.${event}`, ...args));
  }
  for (const event of ['reconnect', 'reconnect_failed']) {
    manager.on(event, (...args: unknown[]) => note(`io.${event}`, ...args));
  }
  manager.on('close', (reason: string) => note('io.close', reason));
  socket.on('check', () => socket.emit('checked'));
  for (const event of ['a', 'b']) {
    socket.on(event, (...args: any[]) => note(event, ...args));
  }
  new Function('socket', 'note', 'io', 'url', 'options', script)(socket, note, io, url, given);
}

const FAST = { reconnectionDelay: 20, reconnectionDelayMax: 20, randomizationFactor: 0 };

/** The build of upstream that declares a global `io`. */
const UPSTREAM = join(
  dirname(createRequire(import.meta.url).resolve('socket.io-client/package.json')),
  'dist/socket.io.js',
);
