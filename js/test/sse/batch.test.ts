import { describe, expect, it } from 'vitest';

import { MarksCopy, cut } from '../../src/sse/batch.js';

const SAME = 0xffffffff;

interface Piece {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

function pieces(text: string, marks: readonly number[], most = Infinity): Piece[] {
  const taken: Piece[] = [];
  cut(text, Uint32Array.from(marks), (event, id, data) => {
    taken.push({ event, id, data });
    return taken.length < most;
  });
  return taken;
}

describe('cut', () => {
  it('gives each event its type, id and data', () => {
    // As `batch_holds_types_and_ids_only_where_they_change` in tests/native/sse_parser.rs.
    const marks = [0, 1, 1, SAME, SAME, 2, 2, SAME, 0, SAME, 1, 1, 0, SAME, 1];

    const events = pieces('1é😀up2zm', marks);

    expect(events).toEqual([
      { event: 'message', id: '1', data: 'é' },
      { event: 'message', id: '1', data: '😀' },
      { event: 'up', id: '1', data: '' },
      { event: 'up', id: '2', data: 'z' },
      { event: 'message', id: '2', data: 'm' },
    ]);
  });

  it('gives nothing for a chunk without events', () => {
    expect(pieces('', [])).toEqual([]);
  });

  it('stops when no more is wanted', () => {
    const marks = [0, 0, 1, SAME, SAME, 1, SAME, SAME, 1];

    expect(pieces('abc', marks, 2).map(({ data }) => data)).toEqual(['a', 'b']);
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
