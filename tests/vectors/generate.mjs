// Writes engineio.json and socketio.json: what the reference parsers make of each row.
// Run `npm ci && npm run generate` here; the JSON is committed.
import { writeFileSync } from 'node:fs';
import { decodePacket, decodePayload, encodePacket, encodePayload } from 'engine.io-parser';
import { Decoder, Encoder, PacketType } from 'socket.io-parser';

const bytes = (...values) => Uint8Array.from(values);

/** JSON text in which a buffer is {"bytes":[..]}. */
const plain = (value) =>
  JSON.parse(
    JSON.stringify(value, function (key, item) {
      const original = this[key];
      return original instanceof Uint8Array ? { bytes: [...original] } : item;
    }),
  );

/** One row a line. */
const write = (name, tables) => {
  const text = Object.entries(tables)
    .map(
      ([table, rows]) => `"${table}": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]`,
    )
    .join(',\n');
  writeFileSync(new URL(name, import.meta.url), `{\n${text}\n}\n`);
};

// Engine.IO

const encoded = (packet) =>
  new Promise((resolve) => encodePacket(packet, true, (frame) => resolve({ packet, frame })));

const engineFrames = [
  '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}',
  '1',
  '2',
  '2probe',
  '3',
  '3probe',
  '4',
  '4hello',
  '4é€😀',
  '4\u0000',
  '5',
  '6',
  '7',
  '9',
  'a',
  '',
  ' 4',
  '-1',
  'é1234',
  '😀',
  '\u0664hello',
];

const payloads = [
  [{ type: 'message', data: 'a' }],
  [{ type: 'message', data: 'é€😀' }, { type: 'message' }, { type: 'message', data: 'b' }],
  [
    { type: 'message', data: bytes(1) },
    { type: 'message', data: bytes(1, 2) },
  ],
  [
    { type: 'message', data: bytes() },
    { type: 'message', data: bytes(0, 255, 254, 253) },
  ],
];

const encodedPayload = (packets) =>
  new Promise((resolve) => {
    const buffers = packets.map(({ type, data }) => ({
      type,
      data: data instanceof Uint8Array ? Buffer.from(data) : data,
    }));
    encodePayload(buffers, (payload) => resolve({ packets: plain(packets), payload }));
  });

const enginePayloads = [
  '4a',
  '4a\u001e4b\u001e6',
  '4é€😀\u001ebAQID',
  'b\u001ebAA==\u001ebAAA=',
  'bAA\u001ebAAA',
  '4a\u001e',
  '\u001e4a',
  '4a\u001ex\u001e4b',
];

write('engineio.json', {
  encode: await Promise.all(
    [
      { type: 'pong' },
      { type: 'message', data: '' },
      { type: 'message', data: 'hello' },
      { type: 'message', data: 'é€😀' },
      { type: 'message', data: '2["a"]' },
    ].map(encoded),
  ),
  decode: engineFrames.map((frame) => ({ frame, packet: decodePacket(frame, 'nodebuffer') })),
  encodePayload: await Promise.all(payloads.map(encodedPayload)),
  decodePayload: enginePayloads.map((payload) => ({
    payload,
    packets: plain(decodePayload(payload, 'nodebuffer')),
  })),
});

// Socket.IO

const packets = [
  { type: PacketType.CONNECT, nsp: '/' },
  { type: PacketType.CONNECT, nsp: '/', data: { token: 't' } },
  { type: PacketType.CONNECT, nsp: '/admin' },
  { type: PacketType.CONNECT, nsp: '/admin', data: { token: 'é' } },
  { type: PacketType.DISCONNECT, nsp: '/' },
  { type: PacketType.DISCONNECT, nsp: '/admin' },
  { type: PacketType.CONNECT_ERROR, nsp: '/', data: { message: 'no' } },
  { type: PacketType.CONNECT_ERROR, nsp: '/admin', data: 'no' },
  { type: PacketType.EVENT, nsp: '/', data: ['a'] },
  { type: PacketType.EVENT, nsp: '/', data: [1, 'b'] },
  { type: PacketType.EVENT, nsp: '/', data: ['é', { b: [null, true, 1.5, 'x,y-z/'] }] },
  { type: PacketType.EVENT, nsp: '/admin', data: ['a', 'b'] },
  { type: PacketType.EVENT, nsp: '/é', data: ['a'] },
  { type: PacketType.EVENT, nsp: '/a?b=c', data: ['a'] },
  { type: PacketType.EVENT, nsp: '/', id: 0, data: ['a'] },
  { type: PacketType.EVENT, nsp: '/admin', id: 456, data: ['a', {}] },
  { type: PacketType.EVENT, nsp: '/', id: 9007199254740991, data: ['a'] },
  { type: PacketType.ACK, nsp: '/', id: 7, data: [] },
  { type: PacketType.ACK, nsp: '/admin', id: 7, data: ['x', 1] },
  { type: PacketType.EVENT, nsp: '/', data: ['a', bytes(1, 2, 3)] },
  { type: PacketType.EVENT, nsp: '/', data: ['a', bytes()] },
  { type: PacketType.EVENT, nsp: '/admin', id: 3, data: ['a', { x: bytes(1), y: [bytes(2)] }] },
  { type: PacketType.ACK, nsp: '/', id: 3, data: [bytes(255, 0)] },
  { type: PacketType.ACK, nsp: '/admin', id: 12, data: ['x', bytes(1), bytes(2), bytes(3)] },
];

const encode = packets.map((packet) => {
  const [text, ...attachments] = new Encoder().encode(structuredClone(packet));
  const at = text.search(/[[{"]/);
  return {
    type: PacketType[packet.type],
    namespace: packet.nsp,
    ack: packet.id ?? null,
    payload: at < 0 ? null : text.slice(at),
    attachments: attachments.map((attachment) => [...attachment]),
    text,
    data: plain(packet.data ?? null),
  };
});

const rows = [
  ...encode.map(({ text, attachments }) => [text, ...attachments.map((list) => bytes(...list))]),
  // Namespaces and ids at their edges.
  ['0/'],
  ['0/admin'],
  ['1/admin'],
  ['2/,["a"]'],
  ['2/admin,12["a"]'],
  ['2/a-b_c.d/e,["a"]'],
  ['3/admin'],
  ['3'],
  ['37'],
  ['30'],
  ['3[]'],
  ['2007["a"]'],
  ['4'],
  ['4/admin,'],
  ['4"oops"'],
  ['40{}'],
  // Numbers as event names, blanks, escapes.
  ['2[-1]'],
  ['2[ "a"]'],
  ['2[\t"a" , 1]'],
  ['2["connecting"]'],
  ['2["Connect"]'],
  ['2["connect "]'],
  ['2["\\u0061"]'],
  ['2["con\\u00e9"]'],
  ['2["error"]'],
  // Malformed.
  [''],
  ['7'],
  ['9["a"]'],
  ['a'],
  ['é["a"]'],
  ['2{}'],
  ['2[]'],
  ['2[ ]'],
  ['2[bad'],
  ['2[null]'],
  ['2[true]'],
  ['2[{}]'],
  ['2[["a"]]'],
  ['2"a"'],
  ['2é'],
  ['2["connect"]'],
  ['2["connect_error"]'],
  ['2["disconnect"]'],
  ['2["disconnecting",1]'],
  ['2["newListener"]'],
  ['2["removeListener"]'],
  ['2["\\u0063onnect"]'],
  ['2["connec\\u0074"]'],
  ['2[ "connect"]'],
  ['2-1["a"]'],
  ['21e3["a"]'],
  ['2/admin["a"]'],
  ['0[]'],
  ['0"a"'],
  ['0 x'],
  ['1{}'],
  ['1/admin,[]'],
  ['3{}'],
  ['37"a"'],
  ['4[]'],
  ['4null'],
  ['50-["a"]'],
  ['5-["a"]'],
  ['5["a"]'],
  ['5x-["a"]'],
  ['5-1-["a"]'],
  ['51'],
  ['51.5-["a"]'],
  ['511-["a"]'],
  ['599999999999999999999-["a"]'],
  ['60-[]'],
  ['611-[]'],
  ['51-{}', bytes(1)],
  ['51-["connect"]', bytes(1)],
  // Attachments.
  ['51-["a"]', bytes(1)],
  ['51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', bytes(1)],
  ['51-/admin,["a",{"_placeholder":true,"num":0}]', bytes(1)],
  ['61-7[{"_placeholder":true,"num":0}]', bytes(1)],
  ['510-["a"]', ...Array.from({ length: 10 }, (_, i) => bytes(i))],
  ['51-["a"]', '2["b"]'],
  ['51-["a"]', '2/admin,["b"]'],
  ['52-["a"]', bytes(1), '2["b"]'],
  [bytes(1)],
  ['2["a"]', bytes(1)],
  ['51-["a"]', bytes(1), bytes(2)],
  // Two packets, to see that the first leaves nothing behind.
  ['51-["a"]', bytes(1), '2["b"]'],
];

const decode = rows.map((messages) => {
  const decoder = new Decoder();
  const packets = [];
  decoder.on('decoded', ({ type, nsp, id, data }) =>
    packets.push({
      type: PacketType[type],
      namespace: nsp,
      ack: id ?? null,
      data: plain(data ?? null),
    }),
  );
  let error = null;
  try {
    for (const message of messages) decoder.add(message);
  } catch (thrown) {
    error = thrown.message;
  }
  return { messages: plain(messages), packets, error };
});

write('socketio.json', { encode, decode });
