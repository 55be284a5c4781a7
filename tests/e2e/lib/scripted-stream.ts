import type { Manner } from './event-server.js';

/** What a server does with one request for its stream. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly string[];
  /** What follows the chunks. */
  readonly then: 'destroy' | 'end' | 'hold';
}

/**
 * Answers one request after the other as it was told, and says nothing to those that follow.
 *
 * Where chunks are followed by `destroy` the test has to cut the connection once they were heard: of a
 * body that fails, browsers drop what was not read yet.
 */
export function scripted(replies: readonly Reply[]): Manner {
  let asked = 0;
  return (request, response) => {
    const reply = replies[asked];
    asked += 1;
    if (!reply) return;
    if (reply.status === undefined) {
      if (reply.then === 'destroy') request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, reply.headers);
    // Some cases want their request's header back.
    const cacheControl = request.headers['cache-control'] ?? '';
    const body = (reply.chunks ?? []).join('').replace('<Cache-Control>', cacheControl);
    if (body) response.write(body);
    if (reply.then === 'end') response.end();
  };
}
