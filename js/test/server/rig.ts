import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import { io as connect, type Socket as Client } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { ENVELOPE } from '../../src/delivery/envelope.js';
import { deduplicate, type DeduplicateOptions } from '../../src/server/index.js';

/** A name such as tabs choose. */
export const TAB = '0123456789abcdef0123456789abcdef';

/** A stock server that deduplicates; `app` gets every socket. */
export async function serve(
  app: (socket: Socket) => void,
  options: DeduplicateOptions & { server?: Partial<ServerOptions> } = {},
): Promise<{ url: string; io: Server }> {
  const http = createServer();
  const io = new Server(http, options.server);
  deduplicate(io, options);
  io.on('connection', app);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void io.close());
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, io };
}

/** The stock client, connected. It knows nothing of envelopes. */
export async function client(url: string, auth: Record<string, unknown> = {}): Promise<Client> {
  const socket = connect(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 10,
    auth,
  });
  onTestFinished(() => void socket.disconnect());
  await new Promise<void>((resolve) => socket.on('connect', resolve));
  return socket;
}

/** Sends an event in its envelope; gives the verdict and the values of the answer. */
export function send(
  socket: Client,
  { tab = TAB, n = 0, from = 0, ack = true }: Partial<Record<string, unknown>>,
  ...event: unknown[]
): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.emit(ENVELOPE, { tab, n, from, ack }, ...event, (...answer: unknown[]) =>
      resolve(answer),
    );
  });
}
