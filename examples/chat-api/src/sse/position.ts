import type { RoomId, Seq } from 'tabcast/contract';

/** How far a stream has each of its rooms. Written as the id of every event. */
export class Position {
  /** Reads an id; `null` if it is none of this server's. */
  static parse(id: string): Position | null {
    const match = /^([\w-]{1,64})((?:;[\w-]{1,64}=\d{1,15})*)$/.exec(id);
    if (!match) return null;
    const [, epoch = '', rest = ''] = match;
    const pairs = rest.split(';').filter(Boolean);
    const heads = pairs.map((pair): [RoomId, Seq] => {
      const [roomId = '', seq] = pair.split('=');
      return [roomId, Number(seq)];
    });
    return new Position(epoch, new Map(heads));
  }

  constructor(
    readonly epoch: string,
    /** By room, the newest op that was told. */
    readonly heads: Map<RoomId, Seq>,
  ) {}

  toString(): string {
    return [this.epoch, ...[...this.heads].map(([roomId, seq]) => `${roomId}=${seq}`)].join(';');
  }
}
