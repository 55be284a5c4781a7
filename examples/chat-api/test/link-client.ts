import type { Ack, HelloReply, LinkEvents } from 'tabcast/contract';
import { openStream, type StreamEvent } from './event-source.js';
import { data, login } from './harness.js';

/** A client that has no socket: a stream to hear by, and a request for every call. */
export interface LinkClient {
  /** The next such event that `accepts` does not turn down. */
  next<Type extends keyof LinkEvents>(
    type: Type,
    accepts?: (data: LinkEvents[Type]) => boolean,
  ): Promise<LinkEvents[Type]>;
  call<T>(event: string, payload: unknown): Promise<Ack<T>>;
  close(): void;
}

export async function openLink(
  url: string,
  token: string,
  device: string,
  /** The node that gets the calls, if it is not the one that writes the stream. */
  callUrl = url,
): Promise<LinkClient> {
  const authorization = { Authorization: `Bearer ${token}` };
  const stream = await openStream(
    `${url}/rt/link?device=${device}&connection=${device}&v=1`,
    authorization,
  );
  return {
    next: async (type, accepts = () => true) => {
      for (;;) {
        const event: StreamEvent = await stream.next();
        const data = event.data as LinkEvents[typeof type];
        if (event.type === type && accepts(data)) return data;
      }
    },
    call: async <T>(event: string, payload: unknown) => {
      const response = await fetch(`${callUrl}/rt/cmd`, {
        method: 'POST',
        headers: { ...authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify({ connection: device, event, payload }),
      });
      return (await response.json()) as Ack<T>;
    },
    close: () => stream.close(),
  };
}

/** Logs in, opens a link and says hello. */
export async function enterByLink(
  url: string,
  name: string,
  rooms: string[] = [],
  callUrl = url,
): Promise<{ link: LinkClient; token: string; user: { id: string }; hello: HelloReply }> {
  const { token, user } = await login(url, name);
  const link = await openLink(url, token, `${name}-link`, callUrl);
  const hello = await link.call<HelloReply>('rt:hello', {
    ...{ v: 1, device: `${name}-link`, kind: 'web' },
    rooms: rooms.map((roomId) => ({ roomId })),
  });
  return { link, token, user, hello: data(hello) };
}
