import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { AddressInfo } from 'node:net';
import type { Namespace, Socket } from 'socket.io';
import { onTestFinished, test, expect } from 'vitest';
import { deduplicate } from '../../src/server/index.js';
import { client, send } from './rig.js';

const carried: unknown[] = [];

class OrdersGateway {
  afterInit(nsp: Namespace): void {
    gatewayInit?.(nsp);
  }

  order(socket: Socket, item: string): unknown {
    return { number: carried.push([item, socket.nsp.name]) };
  }

  note(_socket: Socket, text: string): void {
    carried.push(text);
  }
}

let gatewayInit: ((nsp: Namespace) => void) | undefined;

// The decorators as functions: the test is compiled without them.
const { prototype } = OrdersGateway;
WebSocketGateway({ namespace: 'orders' })(OrdersGateway);
subscribe('order');
subscribe('note');

function subscribe(method: 'order' | 'note'): void {
  SubscribeMessage(method)(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!);
}

class AppModule {}
Module({ providers: [OrdersGateway] })(AppModule);

class DeduplicatingAdapter extends IoAdapter {
  override createIOServer(...args: Parameters<IoAdapter['createIOServer']>) {
    const server = super.createIOServer(...args);
    deduplicate(server);
    return server;
  }
}

test.each([
  ['adapter', DeduplicatingAdapter, undefined],
  ['gateway', IoAdapter, (nsp: Namespace) => deduplicate(nsp)],
] as const)('a_gateway_carries_out_once_what_is_repeated_by_the_%s', async (_, Adapter, init) => {
  carried.length = 0;
  gatewayInit = init;
  const app = await NestFactory.create(AppModule, { logger: false });
  app.useWebSocketAdapter(new Adapter(app));
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const { port } = app.getHttpServer().address() as AddressInfo;
  const socket = await client(`http://127.0.0.1:${port}/orders`);

  const answers = [
    await send(socket, { n: 0 }, 'order', 'tea'),
    await send(socket, { n: 0 }, 'order', 'tea'),
    await send(socket, { n: 1, ack: false }, 'note', 'hello'),
    await send(socket, { n: 1, ack: false }, 'note', 'hello'),
    await socket.emitWithAck('order', 'cup'),
  ];

  expect(answers).toEqual([
    ['ok', { number: 1 }],
    ['ok', { number: 1 }],
    ['ok'],
    ['ok'],
    { number: 3 },
  ]);
  expect(carried).toEqual([['tea', '/orders'], 'hello', ['cup', '/orders']]);
});
