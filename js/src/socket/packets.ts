/** The Socket.IO packets in what a connection receives: a module for whoever asks for them. */

import type { ParserPacket } from './codec.js';
import { readPacket } from './engine.js';
import { reconstruct } from './payload.js';

/** Reads packets, and puts the attachments of a packet into it. */
export class PacketReader {
  readonly #tell: (packet: ParserPacket) => void;
  /** It waits for attachments. */
  #begun: { readonly packet: ParserPacket; readonly due: number } | undefined;
  #attachments: ArrayBuffer[] = [];

  /** @param tell is called with each packet that is complete */
  constructor(tell: (packet: ParserPacket) => void) {
    this.#tell = tell;
  }

  /** Takes in a packet of Engine.IO. What cannot be read is left out: the core deals with it. */
  add(frame: string | ArrayBuffer): void {
    const { type, data } = readPacket(frame);
    if (type !== 'message' || data === undefined) return;
    if (typeof data === 'string') this.#begin(data);
    else this.#attachments.push(data);
    const { packet, due } = this.#begun ?? {};
    if (!packet || this.#attachments.length !== due) return;
    this.#begun = undefined;
    try {
      this.#tell(due ? { ...packet, data: reconstruct(packet.data, this.#attachments) } : packet);
    } catch {
      // A placeholder without its attachment.
    }
  }

  #begin(text: string): void {
    this.#begun = undefined;
    this.#attachments = [];
    const [, plain, binary, due, nsp = '/', id, json] = FORM.exec(text) ?? [];
    if (json === undefined) return;
    try {
      const packet = {
        // Packets with attachments count as the same without.
        type: plain === undefined ? Number(binary) - 3 : Number(plain),
        nsp,
        ...(id && { id: Number(id) }),
        ...(json && { data: JSON.parse(json) as unknown }),
      };
      this.#begun = { packet, due: Number(due ?? 0) };
    } catch {
      // No JSON.
    }
  }
}

/** Type; number of attachments; namespace; id; JSON (protocol version 5, "Packet encoding"). */
const FORM = /^(?:([0-4])|([56])(\d+)-)(?:(\/[^,]*),?)?(\d+)?(.*)$/s;
