import { Decoder, Encoder, type Packet } from 'socket.io-parser';
import msgpack from 'socket.io-msgpack-parser';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ParserPacket } from '../src/index.js';
import { connected } from './support/connect.js';
import { script } from './support/core.js';

beforeEach(() => {
  script.reset();
});

const SENT: Packet[] = [
  { type: 0, nsp: '/', data: { sid: 's' } },
  { type: 0, nsp: '/rooms' },
  { type: 1, nsp: '/rooms' },
  { type: 2, nsp: '/', data: ['a', 1, null, { b: ['["'] }] },
  { type: 2, nsp: '/rooms', id: 12, data: ['a'] },
  { type: 3, nsp: '/', id: 0, data: [] },
  { type: 4, nsp: '/', data: { message: 'no' } },
  { type: 2, nsp: '/x', id: 3, data: ['bin', [Uint8Array.of(1, 2).buffer, { n: 1 }]] },
  { type: 3, nsp: '/', id: 4, data: [{ one: new ArrayBuffer(1), two: new ArrayBuffer(2) }] },
];

/** What the reference puts on the wire for a packet. */
const framesOf = (packet: Packet): (string | ArrayBuffer)[] =>
  new Encoder()
    .encode(packet)
    .map((part: unknown) => (typeof part === 'string' ? `4${part}` : part)) as (
    string | ArrayBuffer
  )[];

/** What the reference reads of it. */
function referenceRead(frames: readonly (string | ArrayBuffer)[]): Packet[] {
  const packets: Packet[] = [];
  const decoder = new Decoder();
  decoder.on('decoded', (packet: Packet) => packets.push(packet));
  for (const frame of frames) decoder.add(typeof frame === 'string' ? frame.slice(1) : frame);
  return packets;
}

/** What listeners of `packet` hear when these frames come. */
async function heard(frames: readonly (string | ArrayBuffer)[]): Promise<ParserPacket[]> {
  const { manager, core } = await connected();
  const packets: ParserPacket[] = [];
  manager.on('packet', (packet) => packets.push(packet));
  for (const frame of [...frames, '42["last"]']) core.sink.packetReceived(frame);
  await vi.waitFor(() => expect(packets.at(-1)?.data).toEqual(['last']));
  return packets.slice(0, -1);
}

describe('the packet event of a manager', () => {
  test.each(SENT)('tells of $type in $nsp as the reference does', async (sent) => {
    const frames = framesOf(sent);
    const expected = referenceRead(frames);

    const packets = await heard(frames);

    expect(packets).toEqual(expected);
    expect(JSON.stringify(packets)).toBe(JSON.stringify(expected));
  });

  test.each([
    ['what is of Engine.IO only', ['2', '3probe', '6', '4', 'x', '']],
    ['what cannot be read', ['42["a"', '47', '42-1["a"]x', '451-["a"]{', 'b!!']],
    ['an attachment that nobody waits for', [new ArrayBuffer(1)]],
    ['a placeholder for none', ['451-["a",{"_placeholder":true,"num":1}]', new ArrayBuffer(1)]],
    ['a packet that never becomes complete', ['451-["a",{"_placeholder":true,"num":0}]']],
  ])('is silent about %s', async (_, frames) => {
    const packets = await heard(frames);

    expect(packets).toEqual([]);
  });

  test('comes behind what the packet does', async () => {
    const { manager, socket, core } = await connected();
    const log: unknown[] = [];
    manager.on('packet', ({ data }) => log.push(['packet', data]));
    socket.on('a', () => log.push('a'));

    core.sink.packetReceived('42["a"]');
    core.sink.event(0, '["a"]', undefined, -1);

    await vi.waitFor(() => expect(log).toEqual(['a', ['packet', ['a']]]));
  });

  test('costs nothing when nobody listens, or no more', async () => {
    const { manager, core } = await connected();
    const listener = vi.fn();
    core.take();
    manager.on('ping', () => undefined);
    const before = core.take();

    manager.on('packet', listener);
    const during = core.take();
    manager.off('packet', listener);
    core.sink.packetReceived('42["a"]');
    const after = core.take();
    manager.once('packet', listener);

    expect([before, during, after]).toEqual([[], [['observe', true]], [['observe', false]]]);
    expect(core.take()).toEqual([['observe', true]]);
  });

  test('goes on although the engine that was listened to is gone', async () => {
    const { manager, core } = await connected();
    manager.on('packet', () => undefined);
    manager.engine?.on('packet', () => undefined);
    core.take();

    core.sink.reconnectAttempt(1);

    expect(core.take()).toEqual([['observe', true]]);
  });

  test('comes from the parser of the app, if there is one', async () => {
    const { manager, core } = await connected({ parser: msgpack });
    const packets: ParserPacket[] = [];
    manager.on('packet', (packet) => packets.push(packet));
    const packet = { type: 2, nsp: '/', data: ['a', { n: 1 }] };
    const [encoded] = new msgpack.Encoder().encode(packet) as unknown as [ArrayBuffer];

    core.config.codec?.decode(encoded);

    await vi.waitFor(() => expect(packets).toEqual([packet]));
    expect(core.take()).not.toContainEqual(['observe', true]);
  });
});
