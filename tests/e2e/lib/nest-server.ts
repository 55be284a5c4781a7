import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'socket.io';

/** A NestJS application with a gateway in the main namespace and one in `/orders`. */
export class NestServer {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<NestServer> {
    const app = await NestFactory.create(AppModule, { logger: false, cors: true });
    app.useWebSocketAdapter(new CrossOriginAdapter(app));
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new NestServer(`http://127.0.0.1:${port}`, () => app.close());
  }
}

class CrossOriginAdapter extends IoAdapter {
  override createIOServer(...[port, options]: Parameters<IoAdapter['createIOServer']>) {
    return super.createIOServer(port, Object.assign({}, options, { cors: { origin: '*' } }));
  }
}

/** Answers by what its methods return. */
class EchoGateway {
  echo(_: Socket, value: unknown): unknown {
    return value;
  }

  /** What is returned in this form is an event, not an answer. */
  event(_: Socket, value: unknown): { event: string; data: unknown } {
    return { event: 'said', data: value };
  }
}

/** Asks back before it answers. */
class OrdersGateway {
  handleConnection(socket: Socket): void {
    socket.emit('welcome', socket.nsp.name, socket.handshake.auth);
  }

  async order(socket: Socket, bytes: Buffer): Promise<unknown> {
    const price: Buffer = await socket.timeout(10_000).emitWithAck('price', { of: bytes });
    return { total: [bytes, price] };
  }

  leave(socket: Socket): void {
    socket.disconnect();
  }
}

class AppModule {}

// The decorators as functions: tests are compiled without them.
gateway(EchoGateway, '/', 'echo', 'event');
gateway(OrdersGateway, '/orders', 'order', 'leave');
Module({ providers: [EchoGateway, OrdersGateway] })(AppModule);

function gateway<T extends object>(
  type: new () => T,
  namespace: string,
  ...methods: (keyof T & string)[]
): void {
  WebSocketGateway({ namespace })(type);
  const prototype = type.prototype as T;
  for (const method of methods) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, method)!;
    SubscribeMessage(method)(prototype, method, descriptor);
  }
}
