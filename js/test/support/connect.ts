import { vi } from 'vitest';
import { Manager } from '../../src/socket/manager.js';
import type { ManagerOptions, SocketOptions } from '../../src/socket/options.js';
import type { Socket } from '../../src/socket/socket.js';
import { script } from './core.js';

type Options = Partial<ManagerOptions & SocketOptions>;

/** What a test needs of one Socket and the scripted core behind it. */
export interface Setup {
  readonly manager: Manager;
  readonly socket: Socket;
  readonly core: typeof script.connection;
  /** Names and arguments of all events of the Socket and the Manager, in order. */
  readonly log: unknown[][];
}

/** A Socket whose core is loaded, and which waits for the answer to CONNECT. */
export async function connecting(options: Options = {}): Promise<Setup> {
  const manager = new Manager('http://h.test', options);
  const socket = manager.socket('/', options);
  const log = logged(manager, socket);
  await vi.waitFor(() => script.connection, { interval: 1 });
  const core = script.connection;
  core.take();
  return { manager, socket, core, log };
}

/** A connected Socket, with nothing logged so far. */
export async function connected(options: Options = {}): Promise<Setup> {
  const setup = await connecting(options);
  setup.core.sink.opened('engine-1', 'websocket');
  setup.core.sink.connected(0, 'sid-1', false);
  setup.log.length = 0;
  return setup;
}

/** Writes down what a Socket and its Manager emit. */
export function logged(manager: Manager, socket: Socket): unknown[][] {
  const log: unknown[][] = [];
  for (const event of ['connect', 'connect_error', 'disconnect'] as const) {
    socket.on(event, (...args: unknown[]) => log.push([event, ...args]));
  }
  for (const event of MANAGER_EVENTS) {
    manager.on(event, (...args: unknown[]) => log.push([`io.${event}`, ...args]));
  }
  return log;
}

const MANAGER_EVENTS = [
  'open',
  'error',
  'ping',
  'close',
  'reconnect_attempt',
  'reconnect_error',
  'reconnect_failed',
  'reconnect',
  'logout',
] as const;
