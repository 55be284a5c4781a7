import * as msgpack from 'socket.io-msgpack-parser';
/** Checked by `tsc -p tsconfig.test.json`, never run: what apps may write, and what they may not. */
import {
  io,
  type DefaultEventsMap,
  type DisconnectDescription,
  type DisconnectReason,
  type Manager,
  type Socket,
  type TabcastError,
  type TabsState,
} from '../src/index.js';
import { Fetch, WebSocket } from '../src/index.js';
import { useSocket, useSocketEvent, useTabs, type TypedSocket } from '../src/react/index.js';
import { is } from './support/exact-type.js';

interface ServerEvents {
  chat: (from: string, text: string) => void;
  ask: (question: string, answer: (yes: boolean) => void) => void;
  none: () => void;
}
interface ClientEvents {
  send: (text: string) => void;
  join: (room: string, ack: (members: number) => void) => void;
  many: (ack: (first: string, second: number) => void) => void;
}

export function annotated(): void {
  const socket: Socket<ServerEvents, ClientEvents> = io('http://h.test');

  socket.on('chat', (from, text) => {
    is<string>()(from);
    is<string>()(text);
  });
  socket.once('ask', (question, answer) => {
    is<string>()(question);
    answer(true);
    // @ts-expect-error the answer is a boolean
    answer('yes');
  });
  // @ts-expect-error no such event
  socket.on('nope', () => undefined);
  // @ts-expect-error the listener takes a string
  socket.on('chat', (from: number) => from);

  socket.emit('send', 'hi').emit('join', 'r', (members) => is<number>()(members));
  // @ts-expect-error no such event
  socket.emit('nope');
  // @ts-expect-error the text is a string
  socket.emit('send', 1);
  // @ts-expect-error the text is missing
  socket.emit('send');
}

export function reserved(socket: Socket<ServerEvents, ClientEvents>): void {
  socket.on('connect', () => is<string | undefined>()(socket.id));
  socket.on('connect_error', (error) => is<TabcastError>()(error));
  socket.on('disconnect', (reason, description) => {
    is<DisconnectReason>()(reason);
    is<DisconnectDescription | undefined>()(description);
  });
  socket.on('disconnect', (reason: Socket.DisconnectReason) => reason);
  // @ts-expect-error the library's own events cannot be emitted
  socket.emit('connect');
}

export async function acknowledgements(socket: Socket<ServerEvents, ClientEvents>): Promise<void> {
  is<Promise<number>>()(socket.emitWithAck('join', 'r'));
  is<Promise<string>>()(socket.emitWithAck('many'));
  is<Promise<number>>()(socket.timeout(5).emitWithAck('join', 'r'));
  is<Promise<string>>()(socket.timeout(5).emitWithAck('many'));
  is<Promise<number>>()(socket.volatile.emitWithAck('join', 'r'));
  socket.timeout(5).emit('join', 'r', (error, members) => {
    is<Error>()(error);
    is<number>()(members);
  });
  // @ts-expect-error the room is missing
  await socket.emitWithAck('join');
  // @ts-expect-error behind timeout() the error comes first
  socket.timeout(5).emit('join', 'r', (members: number) => members);
}

export async function untyped(): Promise<void> {
  const socket = io();
  is<Socket<DefaultEventsMap, DefaultEventsMap>>()(socket);
  socket.on('anything', (first, second) => is<any>()([first, second][0]));
  socket.emit('anything', 1, { a: 2 }, () => undefined);
  is<any>()(await socket.emitWithAck('anything', 1));
  is<any>()(await socket.timeout(5).emitWithAck('anything', 1));
  const one: Socket<ServerEvents> = io();
  one.emit('chat', 'a', 'b');
}

export function managers(manager: Manager): void {
  is<number>()(manager.reconnectionDelay());
  manager.reconnectionDelay(5).reconnection(true).socket('/').connect();
  manager.on('reconnect_attempt', (attempt) => is<number>()(attempt));
  manager.on('error', (error) => is<TabcastError>()(error));
  is<TabsState>()(manager.tabs.getSnapshot());
  manager.on('packet', ({ nsp }) => is<string>()(nsp));
  // @ts-expect-error no event of a manager
  manager.on('packets', () => undefined);
  io({ parser: msgpack });
  io({ transports: ['polling', WebSocket, Fetch], upgrade: false });
  io({ transportOptions: { polling: { extraHeaders: { a: 'b' } } } });
  // @ts-expect-error no transport
  io({ transports: [class {}] });
  manager.engine?.on('upgrade', ({ name }) => is<string>()(name));
  // @ts-expect-error not an event of a session
  manager.engine?.on('connect', () => undefined);
}

export function components(socket: Socket<ServerEvents, ClientEvents>): void {
  const typed = useSocket<ServerEvents, ClientEvents>({
    namespace: '/a',
    on: { chat: (from) => is<string>()(from) },
  });
  is<Promise<number>>()(typed.emitWithAck('join', 'r'));
  is<Promise<string>>()(typed.timeout(5).emitWithAck('many'));
  is<() => void>()(typed.on('none', () => undefined));
  typed.emit('join', 'r');
  typed.volatile.emit('send', 'x');
  typed.buffered.emit('send', 'x');
  const asTyped: TypedSocket<ServerEvents, ClientEvents> = typed;
  // @ts-expect-error the text is a string
  asTyped.emit('send', 1);
  // @ts-expect-error no such event
  typed.on('nope', () => undefined);
  // @ts-expect-error no such event
  useSocket<ServerEvents, ClientEvents>({ on: { nope: () => undefined } });

  const ofApp = useSocket(socket);
  is<Promise<number>>()(ofApp.emitWithAck('join', 'r'));
  useSocket<ServerEvents, ClientEvents>('http://h.test', { auth: { token: 't' }, shared: true });

  useSocketEvent<ServerEvents, 'chat'>('chat', (from) => is<string>()(from));
  useSocketEvent('chat', (from, text) => is<string>()(from + text), typed);
  is<TabsState>()(useTabs());
}
