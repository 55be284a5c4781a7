import { Decoder, Encoder, PacketType } from 'socket.io-parser';
import { describe, expect, test } from 'vitest';
import { decodeAck, decodeEvent, encodePayload, readBlobs } from '../src/socket/payload.js';

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

/** What the reference encoder puts on the wire, without the packet header. */
function reference(values: unknown[]): { json: string; attachments: unknown[] } {
  const [header, ...attachments] = new Encoder().encode({
    type: PacketType.EVENT,
    nsp: '/',
    data: values,
  });
  return { json: String(header).replace(/^[25](\d+-)?/, ''), attachments };
}

/** What the reference decoder makes of an event in wire form. */
function referenceDecode(json: string, attachments: readonly ArrayBuffer[]): unknown {
  let data: unknown;
  const decoder = new Decoder();
  decoder.on('decoded', (packet) => {
    data = packet.data;
  });
  decoder.add(attachments.length > 0 ? `5${attachments.length}-${json}` : `2${json}`);
  for (const attachment of attachments) decoder.add(attachment);
  return data;
}

class Point {
  constructor(
    readonly x: number,
    readonly raw: ArrayBuffer,
  ) {}
  toJSON(): unknown {
    return { x: this.x, raw: this.raw };
  }
}

const VALUES: [string, unknown[]][] = [
  ['text_and_numbers', ['chat', 'héllo 𝒳', 1.5, true, null]],
  ['values_that_json_does_not_have', ['e', undefined, NaN, { a: undefined }, new Map([[1, 2]])]],
  ['a_date', ['e', new Date(0)]],
  ['a_buffer', ['e', bytes(1, 2, 3)]],
  ['an_empty_buffer', ['e', bytes()]],
  ['nested_buffers', ['e', { b: [bytes(1), { c: bytes(2) }], a: bytes(3) }, bytes(4)]],
  [
    'the_same_buffer_twice',
    (() => {
      const b = bytes(9);
      return ['e', b, [b]];
    })(),
  ],
  ['a_date_beside_a_buffer', ['e', { when: new Date(0), raw: bytes(1) }]],
  ['a_buffer_out_of_to_json', ['e', new Point(1, bytes(7, 8))]],
];

describe('encoding', () => {
  test.each(VALUES)('%s_is_written_as_the_reference_does', (_, values) => {
    const expected = reference(values);

    const { json, attachments } = encodePayload(values);

    expect(json).toBe(expected.json);
    expect(attachments ?? []).toEqual(expected.attachments);
  });

  test('a_view_sends_its_own_bytes', () => {
    const view = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3);
    const words = new Uint16Array([513, 1027]);

    const { attachments } = encodePayload(['e', view, words]);

    expect(attachments).toEqual([bytes(2, 3), bytes(1, 2, 3, 4)]);
  });

  test('the_values_are_not_changed', () => {
    const inner = { raw: bytes(1) };
    const values = ['e', inner];

    encodePayload(values);

    expect(values).toEqual(['e', { raw: bytes(1) }]);
    expect(values[1]).toBe(inner);
  });

  test('a_key_named_proto_is_a_key', () => {
    const value = JSON.parse('{"__proto__":{"a":1}}') as object;

    const { json } = encodePayload(['e', value, bytes(1)]);

    expect(json).toBe('["e",{"__proto__":{"a":1}},{"_placeholder":true,"num":0}]');
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  test.each([
    ['a_big_int', 10n],
    ['circular_data', circular],
    ['circular_data_beside_a_buffer', [bytes(1), circular]],
    [
      'a_to_json_that_throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
  ])('%s_is_refused_with_a_typed_error', (_, value) => {
    expect(() => encodePayload(['e', value])).toThrow(
      expect.objectContaining({
        code: 'invalid',
        message: expect.stringMatching(/^unable to encode the arguments; /),
      }),
    );
  });
});

describe('blobs', () => {
  test('are_read_in_their_places', async () => {
    const { json, attachments } = encodePayload(['e', new Blob(['ab']), bytes(1)]);

    const read = await readBlobs(attachments);

    expect(json).toBe('["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    expect(read).toEqual([bytes(97, 98), bytes(1)]);
  });

  test('nothing_waits_without_one', () => {
    expect(readBlobs([bytes(1)])).toBeUndefined();
    expect(readBlobs(undefined)).toBeUndefined();
  });
});

describe('decoding', () => {
  test.each(VALUES)('%s_is_read_as_the_reference_does', (_, values) => {
    const { json, attachments } = reference(values);
    const buffers = attachments as ArrayBuffer[];
    const expected = referenceDecode(json, buffers);

    const event = decodeEvent(json, buffers.length > 0 ? buffers : undefined);

    expect(event).toEqual(expected);
  });

  test('an_attachment_may_be_used_twice_or_not_at_all', () => {
    const json = '["e",{"_placeholder":true,"num":1},{"_placeholder":true,"num":1}]';

    const event = decodeEvent(json, [bytes(1), bytes(2)]);

    expect(event).toEqual(['e', bytes(2), bytes(2)]);
  });

  test('a_placeholder_without_attachments_is_data', () => {
    const event = decodeEvent('["e",{"_placeholder":true,"num":0}]', undefined);

    expect(event).toEqual(['e', { _placeholder: true, num: 0 }]);
  });

  test.each([
    ['{"_placeholder":true,"num":2}'],
    ['{"_placeholder":true,"num":-1}'],
    ['{"_placeholder":true,"num":0.5}'],
    ['{"_placeholder":true,"num":"0"}'],
    ['{"_placeholder":true,"num":"length"}'],
    ['{"_placeholder":true}'],
  ])('the_placeholder_%s_is_refused', (placeholder) => {
    expect(() => decodeEvent(`["e",${placeholder}]`, [bytes(1), bytes(2)])).toThrow(
      expect.objectContaining({ code: 'invalid', message: 'illegal attachments' }),
    );
  });

  test.each([['[bad'], ['{}'], ['[]'], ['[null]'], ['[{"toString":1}]'], ['["connect"]'], ['']])(
    'the_event_%s_is_refused',
    (json) => {
      expect(() => decodeEvent(json, undefined)).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    },
  );

  test('an_acknowledgement_without_a_payload_has_no_values', () => {
    expect(decodeAck('', undefined)).toEqual([]);
    expect(decodeAck('["connect",1]', undefined)).toEqual(['connect', 1]);
  });
});
