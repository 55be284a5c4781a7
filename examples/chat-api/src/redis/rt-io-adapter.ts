import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-adapter';
import type { Server, ServerOptions } from 'socket.io';
import type { Config } from '../config.js';
import type { CorsOrigin } from '../web/cors.js';
import type { RedisClients } from './redis-clients.js';

/**
 * Socket.IO as this server wants it.
 *
 * Without connection state recovery: the Redis adapter has none, the checks of a token take a
 * moment in which recovered packets would be lost, and clients catch up by `seq` anyway.
 */
export class RtIoAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly origin: CorsOrigin,
    private readonly redis: RedisClients | null,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      cors: { origin: this.origin },
      serveClient: false,
      pingInterval: this.config.pingIntervalMs,
      pingTimeout: this.config.pingTimeoutMs,
      maxHttpBufferSize: this.config.maxPacketBytes,
    } as ServerOptions) as Server;
    if (this.redis) {
      server.adapter(createAdapter(this.redis.commands, this.redis.adapterSubscriber));
    }
    return server;
  }
}
