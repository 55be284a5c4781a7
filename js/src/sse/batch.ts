/** One event as the server sent it. */
export interface RawEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** The value of a mark whose text is that of the event before (`Batch::SAME`). */
const SAME = 0xffffffff;

/**
 * Cuts the events of one chunk out of their common text.
 *
 * `marks` has three numbers an event: the lengths of its type, its id and its data. A type of
 * length 0 is `message`. Lazy, so that a consumer that stops in the middle leaves the rest uncut.
 */
export function* cut(text: string, marks: Uint32Array): Generator<RawEvent, void, undefined> {
  let at = 0;
  const take = (length: number) => text.slice(at, (at += length));
  let event = 'message';
  let id = '';
  for (let mark = 0; mark + 2 < marks.length; mark += 3) {
    const [eventLength = SAME, idLength = SAME, dataLength = 0] = [
      marks[mark],
      marks[mark + 1],
      marks[mark + 2],
    ];
    if (eventLength !== SAME) event = eventLength === 0 ? 'message' : take(eventLength);
    if (idLength !== SAME) id = take(idLength);
    yield { event, id, data: take(dataLength) };
  }
}
