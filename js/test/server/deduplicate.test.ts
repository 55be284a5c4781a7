import { describe, expect, test, vi } from 'vitest';
import { ENVELOPE } from '../../src/delivery/envelope.js';
import { deduplicate, MemoryStore, type DeliveryStore } from '../../src/server/index.js';
import { client, send, serve, TAB } from './rig.js';

describe('a_repeated_event', () => {
  test('is_carried_out_once_and_gets_the_first_answer_again', async () => {
    const carried: unknown[] = [];
    const { url } = await serve((socket) => {
      socket.on('order', (item, reply) => reply({ number: carried.push(item) }));
    });
    const [one, two] = [await client(url), await client(url)];

    const answers = [
      await send(one, { n: 7 }, 'order', 'tea'),
      await send(one, { n: 7 }, 'order', 'tea'),
      await send(two, { n: 7 }, 'order', 'tea'),
      await send(two, { n: 8 }, 'order', 'cup'),
    ];

    expect(carried).toEqual(['tea', 'cup']);
    expect(answers).toEqual([
      ['ok', { number: 1 }],
      ['ok', { number: 1 }],
      ['ok', { number: 1 }],
      ['ok', { number: 2 }],
    ]);
  });

  test('waits_for_the_answer_of_the_first_while_that_is_carried_out', async () => {
    const replies: ((value: unknown) => void)[] = [];
    const { url } = await serve((socket) => {
      socket.on('slow', (reply) => replies.push(reply));
    });
    const [one, two] = [await client(url), await client(url)];
    const first = send(one, {}, 'slow');
    await vi.waitFor(() => expect(replies.length).toBe(1));

    const second = send(two, {}, 'slow');
    await send(two, { n: 1, ack: false }, 'after');
    replies[0]?.('done');

    expect(await Promise.all([first, second])).toEqual([
      ['ok', 'done'],
      ['ok', 'done'],
    ]);
    expect(replies.length).toBe(1);
  });

  test('gets_the_answer_that_was_given_when_the_first_socket_was_gone', async () => {
    const replies: ((value: unknown) => void)[] = [];
    const { url, io } = await serve((socket) => {
      socket.on('slow', (reply) => replies.push(reply));
    });
    const [one, two] = [await client(url), await client(url)];
    void send(one, {}, 'slow');
    await vi.waitFor(() => expect(replies.length).toBe(1));
    one.disconnect();
    await vi.waitFor(() => expect(io.of('/').sockets.size).toBe(1));
    replies[0]?.('done');

    expect(await send(two, {}, 'slow')).toEqual(['ok', 'done']);
  });

  test('gets_binary_values_again', async () => {
    const { url } = await serve((socket) => {
      socket.on('bytes', (bytes: Buffer, reply) => reply({ back: bytes }));
    });
    const socket = await client(url);

    const first = await send(socket, {}, 'bytes', Buffer.from([1, 2, 3]));
    const second = await send(socket, {}, 'bytes', Buffer.from([1, 2, 3]));

    expect(second).toEqual(first);
    expect(first).toEqual(['ok', { back: Buffer.from([1, 2, 3]) }]);
  });

  test('of_another_user_or_namespace_is_another_event', async () => {
    const carried: unknown[] = [];
    const { url, io } = await serve(
      (socket) => socket.on('e', (reply) => reply(carried.push(socket.data.user))),
      { user: (socket) => socket.data.user },
    );
    io.use((socket, next) => {
      socket.data.user = socket.handshake.auth.user;
      next();
    });
    io.of('/late').on('connection', (socket) =>
      socket.on('e', (reply) => reply(carried.push('late'))),
    );
    const clients = [
      await client(url, { user: 'ann' }),
      await client(url, { user: 'bob' }),
      await client(url),
      await client(`${url}/late`),
    ];

    const answers: unknown[][] = [];
    for (const socket of clients) answers.push(await send(socket, {}, 'e'));

    expect(answers).toEqual([
      ['ok', 1],
      ['ok', 2],
      ['ok', 3],
      ['ok', 4],
    ]);
    expect(carried).toEqual(['ann', 'bob', undefined, 'late']);
  });

  test('that_the_tab_has_given_up_is_not_carried_out', async () => {
    const carried: unknown[] = [];
    const { url } = await serve((socket) => {
      socket.on('e', (n, reply) => reply(carried.push(n)));
    });
    const socket = await client(url);

    await send(socket, { n: 5, from: 5 }, 'e', 5);

    expect(await send(socket, { n: 3, from: 3 }, 'e', 3)).toEqual(['past']);
    expect(carried).toEqual([5]);
  });
});

describe('listeners', () => {
  test('see_the_event_as_it_was_emitted', async () => {
    const seen: unknown[][] = [];
    const plain = (args: unknown[]) => args.map((arg) => (typeof arg === 'function' ? 'ack' : arg));
    const { url } = await serve((socket) => {
      socket.use((packet, next) => {
        seen.push(['use', ...plain(packet)]);
        next();
      });
      socket.onAny((...args) => seen.push(['any', ...plain(args)]));
      socket.on('a', (...args) => {
        seen.push(['on', ...plain(args)]);
        (args.at(-1) as () => void)();
      });
      socket.on('b', (...args) => seen.push(['on', ...plain(args)]));
    });
    const socket = await client(url);

    await send(socket, { n: 0 }, 'a', 1, { x: 2 });
    await send(socket, { n: 1, ack: false }, 'b', 3);
    socket.emit('b', 4);
    await vi.waitFor(() => expect(seen.length).toBe(9));

    expect(seen).toEqual([
      ['any', 'a', 1, { x: 2 }, 'ack'],
      ['use', 'a', 1, { x: 2 }, 'ack'],
      ['on', 1, { x: 2 }, 'ack'],
      ['any', 'b', 3],
      ['use', 'b', 3],
      ['on', 3],
      ['any', 'b', 4],
      ['use', 'b', 4],
      ['on', 4],
    ]);
  });

  test('of_an_event_without_acknowledgement_run_before_its_receipt', async () => {
    const order: string[] = [];
    const { url } = await serve((socket) => {
      socket.conn.on('packetCreate', ({ data }) => {
        if (data === '30["ok"]') order.push('receipt');
      });
      socket.on('e', () => order.push('listener'));
    });
    const socket = await client(url);

    await send(socket, { ack: false }, 'e');

    expect(order).toEqual(['listener', 'receipt']);
  });

  test('get_events_in_order_while_the_store_takes_its_time', async () => {
    const seen: unknown[] = [];
    const memory = new MemoryStore();
    const later = async <T>(value: T): Promise<T> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return value;
    };
    const store: DeliveryStore = {
      keepMs: 1000,
      name: () => 'slow',
      begin: (emit, from) => later(memory.begin(emit, from)),
      find: (emit) => memory.find(emit),
      forget: (emit) => memory.forget(emit),
      finish: (emit, answer) => memory.finish(emit, answer),
    };
    const { url } = await serve((socket) => socket.onAny((event) => seen.push(event)), { store });
    const socket = await client(url);

    const first = send(socket, { n: 0, ack: false }, 'a');
    socket.emit('b');
    const third = send(socket, { n: 1, ack: false }, 'c');
    socket.emit('d');
    await Promise.all([first, third]);

    await vi.waitFor(() => expect(seen).toEqual(['a', 'b', 'c', 'd']));
  });

  test('that_are_gone_with_their_socket_leave_the_event_to_the_next_one', async () => {
    const carried: unknown[] = [];
    const { url, io } = await serve((socket) => {
      socket.on('e', (reply) => reply(carried.push(socket.id)));
    });
    const [one, two] = [await client(url), await client(url)];
    const [first] = [...io.of('/').sockets.values()].filter(({ id }) => id === one.id);
    // Between the packet and the tick in which socket.io would call the listener.
    first?.prependAny(() => first.disconnect(true));

    void send(one, {}, 'e');
    await vi.waitFor(() => expect(io.of('/').sockets.size).toBe(1));

    expect(await send(two, {}, 'e')).toEqual(['ok', 1]);
    expect(carried).toEqual([two.id]);
  });
});

describe('what_a_peer_sends', () => {
  const head = { tab: TAB, n: 0, from: 0, ack: true };

  test.each([
    ['no_head', [undefined, 'e']],
    ['a_short_name', [{ ...head, tab: 'ab' }, 'e']],
    ['a_negative_number', [{ ...head, n: -1 }, 'e']],
    ['a_fraction', [{ ...head, n: 0.5 }, 'e']],
    ['a_future_beginning', [{ ...head, from: 1 }, 'e']],
    ['no_event', [head]],
    ['an_event_of_the_library', [head, 'disconnect']],
    ['an_envelope_in_an_envelope', [head, ENVELOPE, head, 'e']],
  ])('and_is_no_envelope_ends_its_connection_%s', async (_name, args) => {
    const heard = vi.fn();
    const { url } = await serve((socket) => {
      socket.onAny(heard);
      socket.on('disconnect', (reason) => heard('disconnected', reason));
    });
    const socket = await client(url);

    socket.emit(ENVELOPE, ...args, () => undefined);

    await vi.waitFor(() =>
      expect(heard.mock.calls).toEqual([['disconnected', 'server namespace disconnect']]),
    );
  });

  test('is_remembered_within_limits', async () => {
    const carried: unknown[] = [];
    const store = new MemoryStore({ maxEntries: 3 });
    const { url } = await serve((socket) => socket.on('e', (n) => carried.push(n)), { store });
    const socket = await client(url);
    const event = (n: number, from = 0) => send(socket, { n, from, ack: false }, 'e', n);

    const answers = [await event(0), await event(1), await event(2), await event(3, 2)];

    expect(answers).toEqual([['ok'], ['ok'], ['busy'], ['ok']]);
    expect(carried).toEqual([0, 1, 3]);
  });
});

describe('a_server', () => {
  test('says_in_connect_what_it_remembers_and_stock_clients_do_not_mind', async () => {
    const { url } = await serve(() => undefined, { store: new MemoryStore({ keepMs: 5000 }) });
    const packets: unknown[] = [];
    const socket = await client(url);
    socket.io.on('packet' as never, ((packet: unknown) => packets.push(packet)) as never);

    socket.disconnect().connect();
    await vi.waitFor(() => expect(socket.connected).toBe(true));

    expect(packets).toContainEqual(
      expect.objectContaining({
        type: 0,
        data: {
          sid: socket.id,
          pid: undefined,
          tabcast: { memory: expect.stringMatching(/^[0-9a-f]{32}$/), keep: 5000 },
        },
      }),
    );
  });

  test('remembers_over_a_session_that_is_recovered', async () => {
    const carried: unknown[] = [];
    const { url, io } = await serve(
      (socket) => socket.on('e', (n, reply) => reply(carried.push(n))),
      { server: { connectionStateRecovery: {} } },
    );
    const socket = await client(url);
    // Without an offset there is nothing to recover from.
    const welcomed = new Promise((resolve) => socket.once('welcome', resolve));
    io.emit('welcome');
    await welcomed;
    await send(socket, {}, 'e', 1);

    socket.io.engine.close();
    await vi.waitFor(() => expect(socket.recovered).toBe(true));

    expect(await send(socket, {}, 'e', 1)).toEqual(['ok', 1]);
    expect(carried).toEqual([1]);
  });

  test('whose_store_fails_promises_nothing_and_carries_nothing_out', async () => {
    const errors: unknown[] = [];
    const carried = vi.fn();
    const failing = new MemoryStore();
    let fails = false;
    const store: DeliveryStore = Object.assign(Object.create(failing) as MemoryStore, {
      keepMs: 1000,
      name: () => (fails ? Promise.reject(new Error('name')) : 'm'),
      begin: () => Promise.reject(new Error('begin')),
    });
    const { url } = await serve((socket) => socket.on('e', carried), {
      store,
      onError: (error) => errors.push((error as Error).message),
    });
    const socket = await client(url);

    const answer = await send(socket, {}, 'e');
    fails = true;
    await client(url);

    expect(answer).toEqual(['lost']);
    expect(errors).toEqual(['begin', 'name']);
    expect(carried).not.toHaveBeenCalled();
  });

  test('of_another_kind_is_refused', () => {
    expect(() => deduplicate({ use: () => undefined })).toThrow(
      'unable to deduplicate; this is no server or namespace of socket.io >= 4.6',
    );
  });
});
