import { createServer } from 'node:net';
import { Problem } from './errors.mjs';

/**
 * The port that `PORT` names, proven to be free.
 *
 * @throws {Problem} when it is no port, or somebody listens there
 */
export async function freePort(fallback) {
  const text = process.env.PORT || String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Problem(`PORT is "${text}", but a port is a number from 1 to 65535`);
  }
  // Somebody may listen on one of the two only.
  for (const host of ['::', '127.0.0.1']) {
    const code = await tryToListen(port, host);
    if (code === 'EADDRINUSE') {
      throw new Problem(`port ${port} is in use; choose another: PORT=${port + 1} npm start`);
    }
    if (code === 'EACCES') {
      throw new Problem(
        `port ${port} needs more rights; choose another: PORT=${fallback} npm start`,
      );
    }
  }
  return port;
}

function tryToListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
