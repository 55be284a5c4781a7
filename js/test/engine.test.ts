import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Engine, EngineEvents } from '../src/socket/engine.js';
import { connected, connecting } from './support/connect.js';
import { script } from './support/core.js';

beforeEach(() => {
  script.reset();
});

const EVENTS: readonly (keyof EngineEvents)[] = [
  'open',
  'handshake',
  'packet',
  'packetCreate',
  'data',
  'message',
  'drain',
  'flush',
  'heartbeat',
  'ping',
  'pong',
  'error',
  'upgrading',
  'upgrade',
  'upgradeError',
  'close',
];

/** Writes down what an engine emits. */
function logged(engine: Engine | undefined, events = EVENTS): unknown[][] {
  const log: unknown[][] = [];
  for (const event of events) {
    engine?.on(event, (...args: unknown[]) => log.push([event, ...args]));
  }
  return log;
}

describe('the session of a manager', () => {
  test('says_what_happens_to_it_after_the_manager_has', async () => {
    const { manager, core, log } = await connecting();
    const engine = manager.engine;
    engine?.on('open', () => log.push(['engine.open', engine.id, engine.transport.name]));
    engine?.on('close', (...args) => log.push(['engine.close', ...args]));
    engine?.on('ping', () => log.push(['engine.ping']));

    core.sink.opened('engine-1', 'polling');
    core.sink.ping();
    core.sink.closed('transport close', 'transport closed by the server');

    const description = { description: 'transport closed by the server' };
    expect(log).toEqual([
      ['io.open'],
      ['engine.open', 'engine-1', 'polling'],
      ['io.ping'],
      ['engine.ping'],
      ['io.close', 'transport close', description],
      ['engine.close', 'transport close', description],
    ]);
    expect([engine?.id, engine?.readyState]).toEqual([undefined, 'closed']);
  });

  test('moves_to_another_transport', async () => {
    const { manager, core } = await connecting();
    core.sink.opened('engine-1', 'polling');
    const log = logged(manager.engine);

    core.sink.upgradeFailed('probe error');
    core.sink.upgrading('websocket');
    const before = manager.engine?.transport.name;
    core.sink.upgraded('websocket');

    expect(log).toEqual([
      ['upgradeError', expect.objectContaining({ message: 'probe error', transport: 'websocket' })],
      ['upgrading', { name: 'websocket' }],
      ['upgrade', { name: 'websocket' }],
    ]);
    expect([before, manager.engine?.transport.name]).toEqual(['polling', 'websocket']);
  });

  test('fails_with_the_status_and_the_reason_of_the_server', async () => {
    const { manager, core } = await connecting();
    const log = logged(manager.engine);
    const failed = vi.fn();
    manager.on('error', failed);

    core.sink.openFailed('xhr poll error', 400, 'Session ID unknown');

    const error = expect.objectContaining({
      code: 'unavailable',
      type: 'TransportError',
      message: 'xhr poll error',
      description: 400,
      status: 400,
      data: { message: 'Session ID unknown' },
    });
    expect(failed.mock.calls).toEqual([[error]]);
    expect(log).toEqual([
      ['error', error],
      ['close', 'transport error', error],
    ]);
  });

  test('is_a_new_one_for_each_attempt', async () => {
    const { manager, core } = await connected();
    const first = manager.engine;
    const log = logged(first, ['open', 'close']);

    core.sink.closed('transport close', 'websocket connection closed');
    core.sink.reconnectAttempt(1);
    const second = manager.engine;
    core.sink.opened('engine-2', 'websocket');

    expect(second).not.toBe(first);
    expect(manager.engine).toBe(second);
    expect(log.map(([event]) => event)).toEqual(['close']);
    expect([first?.readyState, second?.readyState, second?.id]).toEqual([
      'closed',
      'open',
      'engine-2',
    ]);
  });

  test('is_a_new_one_when_another_tab_has_taken_over', async () => {
    const { manager, core } = await connected();
    const first = manager.engine;

    core.sink.opened('engine-2', 'polling');

    expect(manager.engine).not.toBe(first);
    expect([manager.engine?.id, manager.engine?.transport.name]).toEqual(['engine-2', 'polling']);
  });

  test('takes_in_data_that_the_app_emits', async () => {
    const { manager, core } = await connected();
    const log = logged(manager.engine, ['data', 'ping']);
    const bytes = new ArrayBuffer(1);
    core.take();

    manager.engine?.emit('ping');
    manager.engine?.emit('data', '2["x"]').emit('data', bytes);

    expect(log).toEqual([['ping'], ['data', '2["x"]'], ['data', bytes]]);
    expect(core.take()).toEqual([
      ['inject', '42["x"]'],
      ['inject', bytes],
    ]);
  });

  test('gives_the_next_one_no_data', async () => {
    const { manager, core } = await connected();
    const first = manager.engine;
    core.sink.closed('transport close', 'websocket connection closed');
    core.sink.reconnectAttempt(1);
    core.sink.opened('engine-2', 'websocket');
    core.take();

    first?.emit('data', '2["x"]');

    expect(core.take()).toEqual([]);
  });

  test('is_dropped_by_close_once', async () => {
    const { manager, core } = await connected();
    core.take();

    manager.engine?.close();
    core.sink.closed('forced close', undefined);
    manager.engine?.close();

    expect(core.take()).toEqual([['dropSession']]);
  });
});

describe('packets', () => {
  test('are_told_only_to_who_listens', async () => {
    const { manager, core } = await connected();
    core.take();

    manager.engine?.on('upgrade', () => undefined);
    const before = core.take();
    manager.engine?.once('packet', () => undefined);
    manager.engine?.on('drain', () => undefined);
    const after = core.take();
    core.sink.reconnectAttempt(1);

    expect(before).toEqual([]);
    expect(after).toEqual([['observe', true]]);
    expect(core.take()).toEqual([['observe', false]]);
  });

  test('are_shown_as_upstream_shows_them', async () => {
    const { manager, core } = await connecting();
    const log = logged(manager.engine);
    const bytes = new ArrayBuffer(1);
    const handshake = { sid: 's', upgrades: [], pingInterval: 1, pingTimeout: 2 };
    const options = { compress: true };

    core.sink.packetReceived(`0${JSON.stringify(handshake)}`);
    core.sink.packetReceived('42["a"]');
    core.sink.packetReceived(bytes);
    core.sink.packetReceived('bAQI=');
    core.sink.packetReceived('4');
    core.sink.packetReceived('x');
    core.sink.packetCreated('3');
    core.sink.packetCreated('42["b"]');
    core.sink.packetCreated(bytes);
    core.sink.flushed();
    core.sink.drained();

    const message = (data: unknown): unknown[][] => [
      ['packet', { type: 'message', data }],
      ['heartbeat'],
      ['data', data],
      ['message', data],
    ];
    expect(log).toEqual([
      ['packet', { type: 'open', data: JSON.stringify(handshake) }],
      ['heartbeat'],
      ['handshake', handshake],
      ...message('2["a"]'),
      ...message(bytes),
      ...message(Uint8Array.of(1, 2).buffer),
      ['packet', { type: 'message' }],
      ['heartbeat'],
      ['data', ''],
      ['message', ''],
      ['packet', { type: 'error', data: 'parser error' }],
      ['heartbeat'],
      ['packetCreate', { type: 'pong', options }],
      ['packetCreate', { type: 'message', data: '2["b"]', options }],
      ['packetCreate', { type: 'message', data: bytes, options }],
      ['flush'],
      ['drain'],
    ]);
  });

  test('that_no_transport_has_taken_are_in_the_write_buffer', async () => {
    const { manager } = await connected();
    const before = manager.engine?.writeBuffer;

    script.unsent = ['42["a"]', new ArrayBuffer(2)];

    expect(before).toEqual([]);
    expect(manager.engine?.writeBuffer).toEqual([
      { type: 'message', data: '2["a"]' },
      { type: 'message', data: new ArrayBuffer(2) },
    ]);
  });
});
