import { expect, test } from 'vitest';
import type { Connection } from '../src/core/connection.js';
import { Shortcuts } from '../src/socket/shortcuts.js';

/** Two namespaces; only in the second one may events go past the core. */
const SHORTCUTS = [
  [0, '42', '43', false],
  [1, '42/rt,', '43/rt,', true],
] as const;

test('plain_events_and_awaited_acknowledgements_are_taken_and_all_else_is_for_the_core', () => {
  const { hear, answers, told, core } = wire();
  answers.set('1:7', 70).set('0:12', 120);
  const others = [
    '42["a"]',
    '42/rt,5["a"]',
    '42/rts,["a"]',
    '42/rt,[]',
    '42/rt,[1]',
    '42/rt,[bad',
    '42/rt,["connect"]',
    '42/rt,["\\u0063onnect"]',
    '42/rt,["dis\\u0063onnect"]',
    '43/rt,8["unknown"]',
    '43/rt,["no id"]',
    '43/rt,7',
    '43/rt,7x["a"]',
    '43/rt,1234567890123456["too long"]',
    '2',
    '',
    new ArrayBuffer(1),
  ];

  for (const frame of ['42/rt,["a",1]', '42/rt,["chat"]', '43/rt,7["b"]', '4312["c"]', ...others]) {
    hear(frame);
  }

  expect(told).toEqual([
    ['event', 1, '["a",1]', undefined, -1],
    ['event', 1, '["chat"]', undefined, -1],
    ['acked', 1, 70, '["b"]', undefined],
    ['acked', 0, 120, '["c"]', undefined],
  ]);
  expect(core).toEqual(others);
});

test('a_frame_that_is_longer_than_allowed_is_for_the_core', () => {
  const { shortcuts, hear, told, core } = wire();
  const frame = '42/rt,["abc"]';

  shortcuts.set(frame.length, SHORTCUTS);
  hear(frame);
  shortcuts.set(frame.length - 1, SHORTCUTS);
  hear(frame);

  expect([told.length, core]).toEqual([1, [frame]]);
});

test('an_event_is_sent_under_the_id_that_the_core_gives', () => {
  const { shortcuts, socket, acks } = wire();
  acks.push(3, -1);

  const sent = [
    shortcuts.send(0, 1, '["a"]', true, -1),
    shortcuts.send(1, 2, '["b"]', false, -1),
    shortcuts.send(1, 3, '["the core says no"]', true, -1),
    shortcuts.send(2, 4, '["no such socket"]', true, -1),
  ];

  expect(sent).toEqual([true, true, false, false]);
  expect(socket.sent).toEqual(['423["a"]', '42/rt,["b"]']);
});

test('the_core_sends_what_is_large_and_while_much_waits', () => {
  const { shortcuts, socket, acks } = wire();
  acks.push(-1, -1);

  const large = shortcuts.send(0, 1, `["${'x'.repeat(1 << 16)}"]`, false, -1);
  socket.bufferedAmount = (1 << 16) + 1;
  const slow = shortcuts.send(0, 2, '["a"]', false, -1);

  expect([large, slow, socket.sent]).toEqual([false, false, []]);
});

/** A connection whose core gives the ids in `acks` and knows the emits in `answers`. */
function wire() {
  const told: unknown[][] = [];
  const core: unknown[] = [];
  const acks: number[] = [];
  const answers = new Map<string, number>();
  const socket = {
    bufferedAmount: 0,
    sent: [] as string[],
    send: (text: string) => void socket.sent.push(text),
  };
  const shortcuts = new Shortcuts({
    event: (...event) => void told.push(['event', ...event]),
    acked: (...ack) => void told.push(['acked', ...ack]),
  });
  const connection = {
    sendPlain: () => acks.shift(),
    answered: (number: number, ack: number) => answers.get(`${number}:${ack}`),
  };
  shortcuts.ask(connection as unknown as Connection);
  shortcuts.set(1000, SHORTCUTS);
  const listener = shortcuts.before(
    ({ data }) => void core.push(data),
    socket as unknown as WebSocket,
  );
  const hear = (data: unknown): void => listener({ data } as MessageEvent);
  // A test holds on to `connection`, which shortcuts do not.
  return { shortcuts, hear, told, core, acks, answers, socket, connection };
}
