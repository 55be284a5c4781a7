import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { HttpErrorFilter } from './common/http-error.filter.js';
import { StartupError } from './common/startup-error.js';
import { wireValidation } from './common/validation.js';
import type { Config } from './config.js';
import { RedisClients } from './redis/redis-clients.js';
import { RtIoAdapter } from './redis/rt-io-adapter.js';
import { corsOrigin } from './web/cors.js';
import { securityHeaders } from './web/security-headers.js';
import { staticApp } from './web/static-app.js';

export interface RunningServer {
  /** Where it answers, as `http://host:port`. */
  readonly url: string;
  /** Tells all clients that the server goes away, and closes everything. A second call waits too. */
  close(): Promise<void>;
}

/** Starts a server; throws a {@link StartupError} if the cause is something to set right outside. */
export async function startServer(config: Config): Promise<RunningServer> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config), {
    abortOnError: false,
    forceCloseConnections: true,
    // NestJS would print what goes wrong in here with its stack; the caller does better.
    logger: false,
  });
  app.useLogger(['error', 'warn']);
  try {
    const origin = corsOrigin(config);
    app.disable('x-powered-by');
    app.enableCors({ origin });
    app.use(securityHeaders);
    if (config.staticDir) app.use(staticApp(config.staticDir));
    app.useGlobalFilters(new HttpErrorFilter());
    app.useGlobalPipes(wireValidation());
    app.useWebSocketAdapter(new RtIoAdapter(app, config, origin, app.get(RedisClients)));
    await app.init();
    const url = await listen(app.getHttpServer(), config);
    let closing: Promise<void> | undefined;
    return { url, close: () => (closing ??= app.close()) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Not by `app.listen`, which prints an error of its own. */
async function listen(server: Server, { host, port }: Config): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): StartupError {
  const reason =
    error.code === 'EADDRINUSE'
      ? `port ${port} is in use; set PORT to a free one`
      : `${host}:${port}: ${error.message}`;
  return new StartupError(`unable to listen; ${reason}`, { cause: error });
}
