import { randomUUID } from 'node:crypto';
import type {
  ChangeReply,
  HistoryReply,
  RoomOpEvent,
  SyncReply,
  WireMessage,
} from 'tabcast/contract';
import { expect, test } from 'vitest';
import {
  call,
  type Client,
  collect,
  data,
  enter,
  errorCode,
  join,
  send,
  sharedServer,
} from './harness.js';

const server = sharedServer({ SEND_PER_SEC: '1000' });

test('first_op_of_a_room_names_it', async () => {
  const { client } = await enter(server.url, 'Ann');
  await join(client, 'support');

  const { ops } = data(
    await call<SyncReply>(client, 'room:sync', { roomId: 'support', from: 1, to: 1 }),
  );

  expect(ops).toEqual([
    {
      t: 'room',
      seq: 1,
      patch: { name: 'Support', topic: 'Questions and answers' },
      ts: expect.any(Number),
    },
  ]);
});

test('joining_a_room_makes_a_member_once', async () => {
  const ann = await enter(server.url, 'Ann');
  const { head } = await join(ann.client);
  const heard = collect<RoomOpEvent>(ann.client, 'room:op');
  const newcomer = await enter(server.url, `Newcomer ${randomUUID().slice(0, 8)}`);

  const first = await join(newcomer.client);
  const second = await join(newcomer.client);
  await send(newcomer.client, 'last');
  await expect.poll(() => heard.length).toBe(2);

  const { id, name } = newcomer.user;
  expect(first.members[0]).toEqual({ id, name });
  expect(second.head).toBe(first.head);
  expect(heard.map(({ op }) => op)).toMatchObject([
    { t: 'member', seq: head + 1, user: id, name, change: 'join' },
    { t: 'msg', seq: head + 2, m: { text: 'last' } },
  ]);
});

test('message_reaches_everybody_in_the_room_once_and_is_acknowledged_as_stored', async () => {
  const [ann, bob, carl] = [
    await enter(server.url, 'Ann'),
    await enter(server.url, 'Bob'),
    await enter(server.url, 'Carl'),
  ];
  for (const { client } of [ann, bob, carl]) await join(client);
  data(await call(carl.client, 'room:leave', { roomId: 'general' }));
  const heard = [ann, bob, carl].map(({ client }) => collect<RoomOpEvent>(client, 'room:op'));

  const stored = await send(ann.client, 'hello', { cid: 'c-1', meta: { mood: ['good'] } });
  const end = await send(bob.client, 'end');
  await expect.poll(() => heard.map((events) => events.length)).toEqual([2, 2, 0]);

  expect(stored).toEqual({
    id: expect.any(String),
    roomId: 'general',
    seq: end.seq - 1,
    n: end.n - 1,
    cid: 'c-1',
    from: ann.user.id,
    device: ann.device,
    ts: expect.any(Number),
    text: 'hello',
    meta: { mood: ['good'] },
    rev: 0,
  });
  expect(heard[1]?.[0]?.op).toEqual({ t: 'msg', seq: stored.seq, m: stored });
});

test('repeated_send_is_answered_with_the_stored_message_and_told_nobody', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  const heard = collect<RoomOpEvent>(ann.client, 'room:op');
  const cid = randomUUID();

  const answers = await Promise.all(
    ['first', 'second', 'third'].map((text) => send(ann.client, text, { cid })),
  );
  const end = await send(ann.client, 'end');
  await expect.poll(() => heard.at(-1)?.op.seq).toBe(end.seq);

  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(heard.map(({ op }) => op.seq)).toEqual([end.seq - 1, end.seq]);
});

test('same_cid_of_two_users_is_two_messages', async () => {
  const [ann, bob] = [await enter(server.url, 'Ann'), await enter(server.url, 'Bob')];
  for (const { client } of [ann, bob]) await join(client);
  const cid = randomUUID();

  const [first, second] = [
    await send(ann.client, 'one', { cid }),
    await send(bob.client, 'two', { cid }),
  ];

  expect(second.seq).toBe(first.seq + 1);
});

test('concurrent_sends_of_several_users_get_contiguous_places', async () => {
  const users = [
    await enter(server.url, 'Ann'),
    await enter(server.url, 'Bob'),
    await enter(server.url, 'Carl'),
  ];
  for (const { client } of users) await join(client);
  const observer = users[0]!.client;
  const { head } = await join(observer);
  const heard = collect<RoomOpEvent>(observer, 'room:op');

  const sent = await Promise.all(
    users.flatMap(({ client }) => Array.from({ length: 30 }, (_, i) => send(client, `m${i}`))),
  );
  await expect.poll(() => heard.length).toBe(90);

  const expected = Array.from({ length: 90 }, (_, i) => head + 1 + i);
  expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(expected);
  expect(heard.map(({ op }) => op.seq).sort((a, b) => a - b)).toEqual(expected);
});

test('join_with_a_cursor_gives_exactly_what_was_missed', async () => {
  const ann = await enter(server.url, 'Ann');
  const { head, epoch } = await join(ann.client);
  const missed = [await send(ann.client, 'one'), await send(ann.client, 'two')];

  const resumed = await join(ann.client, 'general', { epoch, since: head });
  const nothing = await join(ann.client, 'general', { epoch, since: head + 2 });
  const otherEpoch = await join(ann.client, 'general', { epoch: 'other', since: head, limit: 1 });
  const future = await join(ann.client, 'general', { epoch, since: head + 99, limit: 1 });

  expect(resumed.ops).toEqual(missed.map((m) => ({ t: 'msg', seq: m.seq, m })));
  expect(resumed.more).toBe(false);
  expect(nothing).toMatchObject({ ops: [], more: false, head: head + 2 });
  expect(otherEpoch).toMatchObject({ ops: [{ seq: head + 2 }], more: true });
  expect(future).toMatchObject({ ops: [{ seq: head + 2 }], more: true });
});

test('sync_gives_a_range_and_refuses_one_that_is_too_large', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client, 'random');
  const sent: WireMessage[] = [];
  for (let i = 0; i < 510; i += 1) sent.push(await send(ann.client, `m${i}`, {}, 'random'));
  const [first, last] = [sent[0]!.seq, sent[509]!.seq];

  const range = data(await sync(ann.client, { from: first + 1, to: first + 3 }));
  const limited = data(await sync(ann.client, { from: last - 9, limit: 4 }));
  const beyond = data(await sync(ann.client, { from: last + 1 }));
  const tooLarge = await sync(ann.client, { from: first });
  const snapshot = await join(ann.client, 'random', {
    epoch: (await join(ann.client)).epoch,
    since: 1,
  });

  expect(range).toEqual({
    ops: sent.slice(1, 4).map((m) => ({ t: 'msg', seq: m.seq, m })),
    head: last,
    more: false,
  });
  expect(limited.ops.map(({ seq }) => seq)).toEqual([last - 9, last - 8, last - 7, last - 6]);
  expect(limited.more).toBe(true);
  expect(beyond).toEqual({ ops: [], head: last, more: false });
  expect(tooLarge).toMatchObject({
    ok: false,
    error: { code: 'gap_too_large', details: { head: last, firstSeq: 1 } },
  });
  expect(snapshot.more).toBe(true);
  expect(snapshot.ops).toHaveLength(50);
});

test('history_pages_meet_without_hole_or_overlap', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client, 'support');
  const sent: WireMessage[] = [];
  for (let i = 0; i < 7; i += 1) sent.push(await send(ann.client, `h${i}`, {}, 'support'));
  const history = async (before: number): Promise<HistoryReply> =>
    data(await call(ann.client, 'room:history', { roomId: 'support', before, limit: 3 }));

  const newest = await history(sent[6]!.seq + 1);
  const middle = await history(newest.messages[0]!.seq);
  const oldest = await history(middle.messages[0]!.seq);

  expect([...oldest.messages, ...middle.messages, ...newest.messages]).toEqual(sent);
  expect([newest.more, middle.more, oldest.more]).toEqual([true, true, false]);
});

test('edit_and_delete_are_ops_of_their_own_and_leave_nothing_deleted_in_the_log', async () => {
  const ann = await enter(server.url, 'Ann');
  const { head } = await join(ann.client);
  const { id, seq } = await send(ann.client, 'secret one');
  const change = (event: string, rest: object): Promise<ChangeReply> =>
    call<ChangeReply>(ann.client, event, { roomId: 'general', id, ...rest }).then(data);

  const edited = await change('msg:edit', { cid: 'e-1', baseRev: 0, text: 'secret two' });
  const again = await change('msg:edit', { cid: 'e-1', baseRev: 0, text: 'secret two' });
  const afterEdit = await join(ann.client, 'general', { limit: 2 });
  const deleted = await change('msg:del', { cid: 'd-1' });
  const log = data(await sync(ann.client, { from: head + 1 }, 'general')).ops;

  expect(edited).toEqual({ seq: seq + 1, rev: 1 });
  expect(again).toEqual(edited);
  expect(afterEdit.ops).toMatchObject([
    { t: 'msg', m: { text: 'secret two', rev: 1, editedAt: expect.any(Number) } },
    { t: 'edit', id, rev: 1, text: 'secret two', by: ann.user.id },
  ]);
  expect(deleted).toEqual({ seq: seq + 2, rev: 2 });
  expect(log).toMatchObject([
    { t: 'msg', m: { text: '', rev: 2, deletedAt: expect.any(Number) } },
    { t: 'edit', rev: 1, text: '' },
    { t: 'del', id, rev: 2, by: ann.user.id },
  ]);
  expect(JSON.stringify(log)).not.toContain('secret');
});

test('change_of_a_message_is_refused_where_it_must_be', async () => {
  const [ann, bob] = [await enter(server.url, 'Ann'), await enter(server.url, 'Bob')];
  for (const { client } of [ann, bob]) await join(client);
  const { id } = await send(ann.client, 'mine', { cid: 'taken' });
  const edit = (client: Client, rest: object) =>
    call(client, 'msg:edit', {
      ...{ roomId: 'general', id, cid: randomUUID(), baseRev: 0, text: 'changed' },
      ...rest,
    });

  const answers = [
    await edit(bob.client, {}),
    await edit(ann.client, { baseRev: 1 }),
    await edit(ann.client, { id: 'no-such-message' }),
    await edit(ann.client, { cid: 'taken' }),
    await call(bob.client, 'msg:del', { roomId: 'general', id, cid: randomUUID() }),
  ];

  expect(answers.map(errorCode)).toEqual([
    'forbidden',
    'conflict',
    'not_found',
    'conflict',
    'forbidden',
  ]);
});

test('room_is_closed_to_those_who_did_not_join', async () => {
  const { client } = await enter(server.url, `Stranger ${randomUUID().slice(0, 8)}`);

  const answers = [
    await call(client, 'msg:send', { roomId: 'general', cid: 'c', text: 'hi' }),
    await call(client, 'room:sync', { roomId: 'general', from: 1 }),
    await call(client, 'room:history', { roomId: 'general', before: 9, limit: 1 }),
    await call(client, 'msg:send', { roomId: 'nowhere', cid: 'c', text: 'hi' }),
    await call(client, 'room:join', { roomId: 'nowhere' }),
  ];

  expect(answers.map(errorCode)).toEqual([
    'forbidden',
    'forbidden',
    'forbidden',
    'not_found',
    'not_found',
  ]);
});

test('text_is_stored_as_every_client_can_read_it', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);

  const emoji = await send(ann.client, '👩‍👩‍👧 \u202e ok');
  const halfAnEmoji = await send(ann.client, 'x\ud83d');
  const answers = [
    await call(ann.client, 'msg:send', { roomId: 'general', cid: 'a', text: 'a\0b' }),
    await call(ann.client, 'msg:send', { roomId: 'general', cid: 'b', text: ' \n ' }),
    await call(ann.client, 'msg:send', { roomId: 'general', cid: 'c', text: 'é'.repeat(8193) }),
  ];

  expect(emoji.text).toBe('👩‍👩‍👧 \u202e ok');
  expect(halfAnEmoji.text).toBe('x\ufffd');
  expect(answers.map(errorCode)).toEqual(['invalid', 'invalid', 'too_large']);
});

test('reply_names_a_message_of_the_room', async () => {
  const ann = await enter(server.url, 'Ann');
  await join(ann.client);
  const { id } = await send(ann.client, 'question');

  const answer = await send(ann.client, 'answer', { replyTo: id });
  const lost = await call(ann.client, 'msg:send', {
    ...{ roomId: 'general', cid: 'x', text: 'answer', replyTo: 'nothing' },
  });

  expect(answer.replyTo).toBe(id);
  expect(errorCode(lost)).toBe('not_found');
});

test('message_sent_while_joining_is_in_the_snapshot_or_comes_after_it', async () => {
  const [ann, bob] = [await enter(server.url, 'Ann'), await enter(server.url, 'Bob')];
  await join(ann.client);
  const heard = collect<RoomOpEvent>(bob.client, 'room:op');

  const sending = Promise.all(Array.from({ length: 20 }, (_, i) => send(ann.client, `race ${i}`)));
  const snapshot = await join(bob.client);
  const sent = await sending;
  const last = Math.max(...sent.map(({ seq }) => seq));
  const known = () =>
    new Set([...snapshot.ops, ...heard.map(({ op }) => op)].map(({ seq }) => seq));
  await expect.poll(() => known().has(last)).toBe(true);

  expect(sent.filter(({ seq }) => !known().has(seq))).toEqual([]);
});

function sync(client: Client, range: object, roomId = 'random') {
  return call<SyncReply>(client, 'room:sync', { roomId, ...range });
}
