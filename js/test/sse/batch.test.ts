import { describe, expect, it } from 'vitest';

import { Cutter, MarksCopy } from '../../src/sse/batch.js';

const SAME = 0xffffffff;

interface Piece {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

function pieces(text: string, marks: readonly number[]): Piece[] {
  const cutter = new Cutter(text, Uint32Array.from(marks), '');
  const taken: Piece[] = [];
  while (cutter.next()) taken.push({ event: cutter.event, id: cutter.id, data: cutter.data });
  return taken;
}

describe('Cutter', () => {
  it('gives each event its type, id and data', () => {
    // As `batch_holds_types_and_ids_only_where_they_change` in tests/native/sse_parser.rs.
    const marks = [
      [0, 0, 0, 1, 1, 1],
      [SAME, 0, SAME, 0, 2, 2],
      [4, 2, SAME, 0, 6, 0],
      [SAME, 0, 6, 1, 7, 1],
      [8, 0, SAME, 0, 8, 1],
    ].flat();

    const events = pieces('1é😀up2zm', marks);

    expect(events).toEqual([
      { event: 'message', id: '1', data: 'é' },
      { event: 'message', id: '1', data: '😀' },
      { event: 'up', id: '1', data: '' },
      { event: 'up', id: '2', data: 'z' },
      { event: 'message', id: '2', data: 'm' },
    ]);
  });

  it('takes texts from wherever they stand', () => {
    const marks = [
      [47, 2, 45, 2, 51, 4],
      [13, 2, 4, 1, 22, 3],
      [0, 0, 32, 0, 39, 2],
    ].flat();
    const text = 'id: 1\nevent: up\ndata: abc\n\n id: \ndata: ab\n\n: 22on\n\nlast';

    const events = pieces(text, marks);

    expect(events).toEqual([
      { event: 'on', id: '22', data: 'last' },
      { event: 'up', id: '1', data: 'abc' },
      { event: 'message', id: '', data: 'ab' },
    ]);
  });

  it('gives nothing for a chunk without events', () => {
    expect(pieces('', [])).toEqual([]);
  });
});

describe('MarksCopy', () => {
  it('keeps the marks of any number of events when those that it was given are gone', () => {
    const copy = new MarksCopy();

    for (const count of [0, 3, 300, 6]) {
      const given = Uint32Array.from({ length: count }, (_, n) => SAME - n);
      const expected = [...given];

      const kept = copy.of(given);
      given.fill(0);

      expect([...kept]).toEqual(expected);
    }
  });
});
