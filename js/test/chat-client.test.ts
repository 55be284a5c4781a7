import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomHandle } from '../src/chat/types.js';
import type { Json } from '../src/contract/index.js';
import { TabcastError } from '../src/errors.js';
import { setUp, type Setup } from './support/chat.js';
import { loadRealCore } from './support/real-core.js';

beforeEach(async () => {
  await loadRealCore();
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets the core load and everything answer. */
async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

async function joined(): Promise<Setup & { room: RoomHandle<Json>; release: () => void }> {
  const setup = setUp();
  const room = setup.client.room<Json>('r');
  const release = room.retain();
  await settle();
  return { ...setup, room, release };
}

function texts(room: RoomHandle<Json>): string[] {
  return room.getSnapshot().messages.map(({ text }) => text);
}

function refusal(code: 'moderated' | 'rate_limited' | 'forbidden', retryable = false): unknown {
  return { ok: false, error: { code, message: 'as told', retryable }, ts: 1 };
}

describe('a client', () => {
  it('does nothing until something of it is retained', async () => {
    const loadCore = vi.fn(loadRealCore);
    const { client, link, asked } = setUp({}, loadCore);
    client.room('r');
    client.presence(['bob']);
    await settle(10_000);

    expect(loadCore).not.toHaveBeenCalled();
    expect(link.active).toBe(false);
    expect(client.connection.getSnapshot().status).toBe('idle');
    expect(asked.url).toBe('https://chat.example/rt');
    expect(asked.options).toMatchObject({ autoConnect: false, shared: true, scope: 'ann' });
  });

  it('greets the server with its rooms and shows what the server answers', async () => {
    const { client, link, server } = setUp();
    server.say('one');
    const room = client.room<Json>('r');

    room.retain();
    await settle();

    expect(link.calls).toEqual([
      {
        event: 'rt:hello',
        payload: { v: 1, device: expect.any(String), kind: 'web', rooms: [{ roomId: 'r' }] },
      },
    ]);
    expect(room.getSnapshot()).toMatchObject({ sync: 'live', head: 1, error: null });
    expect(texts(room)).toEqual(['one']);
    expect(client.connection.getSnapshot()).toMatchObject({
      status: 'connected',
      clockSkewMs: 5000,
    });
  });

  it('names its cursor when it connects again', async () => {
    const { link, server, room } = await joined();
    server.say('one');
    link.down();
    expect(room.getSnapshot().sync).toBe('stale');
    server.say('two');

    link.up();
    await settle();

    const rooms = [{ roomId: 'r', epoch: 'e1', since: 1 }];
    expect(link.callsOf('rt:hello').at(-1)).toMatchObject({ rooms });
    expect(texts(room)).toEqual(['one', 'two']);
    expect(room.getSnapshot().sync).toBe('live');
  });

  it('leaves a room and disconnects a while after the last holder', async () => {
    const { client, link, release } = await joined();

    release();
    await settle(999);
    const early = link.callsOf('room:leave');
    await settle(1);
    const left = link.callsOf('room:leave');
    await settle(3999);
    const active = link.active;
    await settle(1);

    expect(early).toEqual([]);
    expect(left).toEqual([{ roomId: 'r' }]);
    expect(active).toBe(true);
    expect(link.active).toBe(false);
    expect(client.connection.getSnapshot().status).toBe('idle');
  });

  it('says that it failed if the core cannot be loaded, and tries again when asked', async () => {
    const error = new TabcastError('wasm_csp', 'as told');
    const loadCore = vi.fn(loadRealCore).mockRejectedValueOnce(error);
    const { client, server } = setUp({}, loadCore);
    server.say('one');
    const room = client.room<Json>('r');
    room.retain();
    const { sent } = room.send({ text: 'lost' });
    await settle();
    const failed = client.connection.getSnapshot();

    client.connect();
    await settle();

    expect(failed).toMatchObject({ status: 'failed', error });
    await expect(sent).rejects.toBe(error);
    expect(texts(room)).toEqual(['one']);
  });

  it('rejects what is under way when it is destroyed', async () => {
    const { client, link, room, server } = await joined();
    server.faults.set('msg:send', undefined);
    const { sent } = room.send({ text: 'mine' });

    client.destroy();
    client.destroy();
    server.say('unheard');
    await settle(60_000);

    await expect(sent).rejects.toMatchObject({ code: 'aborted' });
    expect(link.active).toBe(false);
    expect(() => room.send({ text: 'later' })).not.toThrow();
  });

  it('ends when the user logs out in this tab or another', async () => {
    const { client, link, room, server } = await joined();
    server.faults.set('msg:send', undefined);
    const { sent } = room.send({ text: 'mine' });

    link.io.logout();
    await settle();

    await expect(sent).rejects.toMatchObject({ code: 'logged_out' });
    expect(client.connection.getSnapshot()).toMatchObject({
      status: 'closed',
      error: { code: 'logged_out' },
    });
    expect(link.active).toBe(false);
  });

  it('drops an event that breaks the contract and goes on', async () => {
    const { link, server, room } = await joined();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const broken = [
      null,
      'text',
      {},
      { roomId: 7, epoch: 'e1', op: {} },
      { roomId: 'r', epoch: 'e1', op: { t: 'msg', seq: -1 } },
      { roomId: 'r', epoch: 'e1', op: { t: 'msg', seq: 1.5 } },
    ];

    for (const payload of broken) link.receive('room:op', payload);
    link.receive('typing', { roomId: 'r', user: 'bob' });
    link.receive('presence', 1);
    server.say('one');

    expect(warn).toHaveBeenCalledTimes(broken.length + 2);
    expect(texts(room)).toEqual(['one']);
  });

  it('counts an op that it does not know', async () => {
    const { link, server, room } = await joined();
    const op = { t: 'poll', seq: 1 };
    link.receive('room:op', { roomId: 'r', epoch: 'e1', op });
    server.ops.push(op as never);

    server.say('two');

    expect(room.getSnapshot().head).toBe(2);
    expect(texts(room)).toEqual(['two']);
  });
});

describe('a message', () => {
  it('shows at once and keeps its key when the server has stored it', async () => {
    const { link, room } = await joined();

    const handle = room.send({ text: 'mine', meta: { bold: true } });
    const [pending] = room.getSnapshot().messages;
    const message = await handle.sent;

    expect(pending).toMatchObject({ key: handle.cid, id: null, seq: null, status: 'sending' });
    expect(link.callsOf('msg:send')).toEqual([
      { roomId: 'r', cid: handle.cid, text: 'mine', meta: { bold: true } },
    ]);
    expect(message).toMatchObject({ key: handle.cid, id: 'm1', seq: 1, status: 'sent' });
    expect(room.getSnapshot().messages).toEqual([message]);
  });

  it('says why the server refused it, and is sent again on retry', async () => {
    const { server, room } = await joined();
    server.faults.set('msg:send', refusal('moderated'));
    const { cid, sent } = room.send({ text: 'mine' });
    await expect(sent).rejects.toMatchObject({ code: 'moderated', retryable: false });
    const [failed] = room.getSnapshot().messages;

    server.faults.clear();
    room.retry(cid);
    await settle();

    expect(failed).toMatchObject({ key: cid, status: 'failed', error: { code: 'moderated' } });
    expect(room.getSnapshot().messages).toMatchObject([{ key: cid, status: 'sent', error: null }]);
  });

  it('goes away when it is discarded', async () => {
    const { server, room } = await joined();
    server.faults.set('msg:send', refusal('forbidden'));
    const { cid, cancel } = room.send({ text: 'mine' });
    await settle();

    room.discard(cid);

    expect(room.getSnapshot().messages).toEqual([]);
    expect(cancel()).toBe(false);
  });

  it('is tried again under the same id when the answer is lost', async () => {
    const { link, server, room } = await joined();
    server.faults.set('msg:send', new TabcastError('timeout', 'as told'));
    const { cid, sent } = room.send({ text: 'mine' });
    await settle();

    server.faults.clear();
    await settle(3000);

    await expect(sent).resolves.toMatchObject({ status: 'sent' });
    expect(link.callsOf('msg:send').map((payload) => payload.cid)).toEqual([cid, cid]);
  });

  it('is sent after the connection has come back', async () => {
    const { link, room } = await joined();
    link.down();
    const { sent } = room.send({ text: 'mine' });
    expect(room.getSnapshot().messages).toMatchObject([{ status: 'queued' }]);

    link.up();

    await expect(sent).resolves.toMatchObject({ text: 'mine', seq: 1 });
  });

  it('can be sent to a room that nobody retains', async () => {
    const { client, link } = setUp();

    const { sent } = client.room('r').send({ text: 'mine' });
    await settle();

    await expect(sent).resolves.toMatchObject({ status: 'sent' });
    await settle(10_000);
    expect(link.active).toBe(false);
  });

  it('is not taken if it cannot be sent again', async () => {
    const { link, room } = await joined();
    link.down();
    for (let count = 0; count < 500; count++) room.send({ text: 'mine' });

    const { sent } = room.send({ text: 'too much' });

    await expect(sent).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('a snapshot', () => {
  it('keeps the identity of what did not change', async () => {
    const { server, room } = await joined();
    server.say('one');
    const before = room.getSnapshot();
    expect(room.getSnapshot()).toBe(before);

    server.say('two');
    const after = room.getSnapshot();
    const typing = { roomId: 'r', user: 'bob', device: 'd', on: true, ttl: 7000 };
    server.link.receive('typing', typing);

    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.typing).toBe(before.typing);
    expect(room.getSnapshot().messages).toBe(after.messages);
    expect(room.getSnapshot().typing).toMatchObject([{ user: 'bob', devices: 1 }]);
  });

  it('is announced once for all changes of a task', async () => {
    const { server, room } = await joined();
    const listener = vi.fn();
    room.subscribe(listener);

    for (let count = 0; count < 100; count++) server.say('more');
    await settle();

    expect(listener).toHaveBeenCalledTimes(1);
    expect(room.getSnapshot().messages).toHaveLength(100);
  });
});

describe('older messages', () => {
  it('come before the first row', async () => {
    const { server, room, link } = await joined();
    const reset = { ...server.snapshot('r'), epoch: 'e2', head: 9, ops: [], more: true };
    server.faults.set('rt:hello', {
      ok: true,
      data: { now: 0, rooms: [reset], denied: [] },
      ts: 1,
    });
    link.down();
    link.up();
    await settle();
    const message = { id: 'm9', roomId: 'r', seq: 9, n: 9, cid: 'c', from: 'bob', text: 'old' };
    server.faults.set('room:history', { ok: true, data: { messages: [message], more: true } });

    const [first, second] = await Promise.all([room.loadOlder(1), room.loadOlder(1)]);

    expect(link.callsOf('room:history')).toEqual([{ roomId: 'r', before: 10, limit: 1 }]);
    expect(first).toEqual({ loaded: 1, more: true });
    expect(second).toEqual(first);
    expect(texts(room)).toEqual(['old']);
  });

  it('cannot be had without a connection', async () => {
    const { link, room } = await joined();
    link.down();

    await expect(room.loadOlder()).rejects.toMatchObject({ code: 'disconnected' });
  });
});

describe('typing and presence', () => {
  it('says once that the user types, renews it, and says when that ends', async () => {
    const { link, room } = await joined();
    link.tabs.set({ ...link.tabs.getSnapshot(), role: 'leader' });
    await settle();

    room.typing.keystroke();
    room.typing.keystroke();
    await settle(2000);
    room.typing.keystroke();
    await settle(10_000);

    expect(link.callsOf('typing').map(({ on }) => on)).toEqual([true, true, false]);
  });

  it('says nothing for the device in a tab that does not lead', async () => {
    const { link, room } = await joined();
    link.tabs.set({ ...link.tabs.getSnapshot(), role: 'follower' });
    await settle();

    room.typing.keystroke();
    await settle(10_000);

    expect(link.callsOf('typing')).toEqual([]);
  });

  it('follows users while somebody looks', async () => {
    const { client, link, server } = setUp();
    const meta = { ref: '1', device: 'd', kind: 'web', state: 'away', activeAt: 5, data: 'x' };
    const later = { ...meta, ref: '2', state: 'online', activeAt: 9, data: 'y' };
    server.faults.set('presence:watch', { ok: true, data: { users: { bob: [meta] } }, ts: 1 });
    const group = client.presence(['bob', 'carl']);

    const stop = group.subscribe(() => {});
    await settle(100);
    const first = group.getSnapshot();
    link.receive('presence', { joins: { bob: [later] }, leaves: {} });
    const second = group.getSnapshot();
    link.receive('presence', { joins: {}, leaves: { bob: ['1', '2'] } });
    stop();
    await settle(2000);

    expect(link.callsOf('presence:watch')).toEqual([
      { users: ['bob', 'carl'], on: true },
      { users: ['bob', 'carl'], on: false },
    ]);
    expect(first.get('bob')).toMatchObject({ state: 'away', lastActiveAt: 5, data: 'x' });
    expect(second.get('bob')).toEqual({
      user: 'bob',
      state: 'online',
      lastActiveAt: 9,
      devices: [meta, later],
      data: 'y',
    });
    expect(second.get('carl')).toBe(first.get('carl'));
    expect(group.getSnapshot().get('bob')).toMatchObject({ state: 'offline', devices: [] });
  });

  it('tells the own presence, and why it could not', async () => {
    const { client, link, server } = await joined();

    await client.setPresence('dnd', { note: 'busy' });
    server.faults.set('presence:set', refusal('rate_limited', true));
    const refused = client.setPresence('online');
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited', retryable: true });
    link.down();

    expect(link.callsOf('presence:set')[0]).toEqual({ state: 'dnd', data: { note: 'busy' } });
    await expect(client.setPresence('away')).rejects.toMatchObject({ code: 'disconnected' });
  });
});
