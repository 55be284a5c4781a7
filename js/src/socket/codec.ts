import type { Codec, Payload } from '../core/connection.js';
import { TabcastError } from '../errors.js';
import { isEventName } from './payload.js';

/** A decoded packet, as the packages of Socket.IO that encode packets have it. */
export interface ParserPacket {
  readonly type: number;
  readonly nsp: string;
  readonly data?: any;
  readonly id?: number | undefined;
  readonly options?: object;
}

/** Encodes and decodes packets in place of the standard: `socket.io-msgpack-parser`, for example. */
export interface Parser {
  /** What `encode` gives is an array of messages, whatever the types of a package say. */
  readonly Encoder: new () => { encode(packet: ParserPacket): unknown };
  readonly Decoder: new () => {
    add(message: any): unknown;
    on(event: 'decoded', listener: (packet: ParserPacket) => void): unknown;
    destroy(): void;
  };
}

/** A parser of the app, for the core. */
export class ParserCodec implements Codec {
  readonly #encoder: InstanceType<Parser['Encoder']>;
  readonly #decoder: InstanceType<Parser['Decoder']>;
  #decoded: ParserPacket[] = [];

  /** @param tell is called with each packet that comes */
  constructor(parser: Parser, tell: (packet: ParserPacket) => void) {
    this.#encoder = new parser.Encoder();
    this.#decoder = new parser.Decoder();
    this.#decoder.on('decoded', (packet) => {
      this.#decoded.push(packet);
      tell(packet);
    });
  }

  encode(type: number, nsp: string, id: number | undefined, payload: Payload): readonly unknown[] {
    const data: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
    const packet = { type, nsp, data, options: { compress: true } };
    const whole = id === undefined ? packet : { ...packet, id };
    return this.#encoder.encode(whole) as readonly unknown[];
  }

  decode(message: string | ArrayBuffer): [number, string, number, Payload | undefined][] {
    this.#decoded = [];
    this.#decoder.add(message);
    return this.#decoded.map(({ type, nsp, id, data }) => {
      const kind = STANDARD.get(type) ?? type;
      return [kind, nsp, id ?? -1, checkedData(kind, data)];
    });
  }

  reset(): void {
    this.#decoder.destroy();
  }
}

/** Types of packets with binary data count as the same without. */
const STANDARD: ReadonlyMap<number, number> = new Map([
  [5, 2],
  [6, 3],
]);

const EVENT = 2;
const ACK = 3;

function checkedData(type: number, data: unknown): Payload | undefined {
  if (type !== EVENT && type !== ACK) return data === undefined ? undefined : JSON.stringify(data);
  if (Array.isArray(data) && (type === ACK || isEventName(data[0]))) return data;
  throw new TabcastError('invalid', 'unable to read the packet; it is not in the right form');
}
