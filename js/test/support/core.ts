import type {
  Connection,
  ConnectionConfig,
  ConnectionSink,
  Core,
} from '../../src/core/connection.js';

/** A call that reached the core: name of the method, then its arguments. */
export type Call = readonly [name: string, ...args: unknown[]];

/** Stands in for the class of the core: writes down what it is asked, and says what the test says. */
class ScriptedConnection implements Connection {
  readonly calls: Call[] = [];
  /** What the next looks into it give. */
  inspection = new Uint32Array(11);

  /** Events of which nobody can say whether the server got them. */
  readonly doubtful = new Set<number>();

  constructor(
    readonly config: ConnectionConfig,
    readonly sink: ConnectionSink,
  ) {
    if (script.refuse) throw script.refuse;
    script.connections.push(this);
  }

  /** The calls since the last time that somebody asked. */
  take(): Call[] {
    return this.calls.splice(0);
  }

  open(): void {
    this.calls.push(['open']);
    script.opens?.(this.config);
  }

  configure(config: ConnectionConfig): void {
    this.calls.push(['configure', config]);
  }

  close(): void {
    this.calls.push(['close']);
    this.sink.closed('forced close', undefined);
  }

  inject(message: string | ArrayBuffer): void {
    this.calls.push(['inject', message]);
  }

  dropSession(): void {
    this.calls.push(['dropSession']);
  }

  observe(observed: boolean): void {
    this.calls.push(['observe', observed]);
  }

  unsent(): (string | ArrayBuffer)[] {
    return script.unsent;
  }

  connect(socket: number, nsp: string): void {
    this.calls.push(['connect', socket, nsp]);
  }

  disconnect(socket: number): void {
    this.calls.push(['disconnect', socket]);
  }

  provideAuth(request: number, json: string | undefined): void {
    this.calls.push(['provideAuth', request, json]);
  }

  emit(socket: number, id: number, json: string, ...rest: unknown[]): void {
    const delivery = rest.pop();
    // Only where it is not the default, which is at most once.
    if (delivery !== 0) rest.push(delivery);
    this.calls.push(['emit', socket, id, json, ...rest]);
  }

  cancel(socket: number, id: number): boolean {
    this.calls.push(['cancel', socket, id]);
    return this.doubtful.has(id);
  }

  acknowledge(socket: number, ack: number, json: string, attachments: unknown): void {
    this.calls.push(['acknowledge', socket, ack, json, attachments]);
  }

  withholdAuth(request: number): void {
    this.calls.push(['withholdAuth', request]);
  }

  logOut(): void {
    this.calls.push(['logOut']);
  }

  /** Everything goes through the core here. */
  sendPlain(): undefined {}

  answered(): undefined {}

  setInterest(key: string, held: boolean): void {
    this.calls.push(['setInterest', key, held]);
  }

  inspect(): Uint32Array {
    return this.inspection;
  }

  free(): void {
    this.calls.push(['free']);
  }
}

/** What the core does next, and what was asked of it. */
export const script = {
  connections: [] as ScriptedConnection[],
  /** What `init` was called with, one after the other. */
  sources: [] as unknown[],
  /** Errors that the next calls of `init` fail with; `undefined` lets one succeed. */
  failures: [] as unknown[],
  /** Thrown by the constructor of the connection. */
  refuse: undefined as unknown,
  /** What no transport has taken. */
  unsent: [] as (string | ArrayBuffer)[],
  /** What the next connections do when they are opened. */
  opens: undefined as ((config: ConnectionConfig) => void) | undefined,

  reset(): void {
    this.connections = [];
    this.sources = [];
    this.failures = [];
    this.refuse = undefined;
    this.unsent = [];
    this.opens = undefined;
  },

  /** The connection made last. */
  get connection(): ScriptedConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('no connection has been made');
    return connection;
  },
};

export { ScriptedConnection as Connection };

const init: Core['default'] = async ({ module_or_path: source }) => {
  script.sources.push(source);
  const failure = script.failures.shift();
  if (failure) throw failure;
  await source;
};

export default init;
