/** Where a text stands that is that of the event before (`Batch::SAME`). */
const SAME = 0xffffffff;

/**
 * Cuts the events of one chunk out of their common text, until `take` wants no more.
 *
 * `marks` has six numbers an event: where its type begins and how long it is, the same of its id and of
 * its data. A type of length 0 is `message`.
 */
export function cut(
  text: string,
  marks: Uint32Array,
  take: (event: string, id: string, data: string) => boolean,
): void {
  let event = 'message';
  let id = '';
  for (let mark = 0; mark + 5 < marks.length; mark += 6) {
    const eventAt = marks[mark] ?? SAME;
    const eventLength = marks[mark + 1] ?? 0;
    const idAt = marks[mark + 2] ?? SAME;
    const dataAt = marks[mark + 4] ?? 0;
    if (eventLength !== 0) event = text.slice(eventAt, eventAt + eventLength);
    else if (eventAt !== SAME) event = 'message';
    if (idAt !== SAME) id = text.slice(idAt, idAt + (marks[mark + 3] ?? 0));
    if (!take(event, id, text.slice(dataAt, dataAt + (marks[mark + 5] ?? 0)))) return;
  }
}

/** Keeps marks that are a view of wasm memory, which a handler can make grow. */
export class MarksCopy {
  /** One for all chunks: a new array for each costs as much as ten events. */
  #marks = new Uint32Array();

  /** A copy of `marks` that lasts until the next call. */
  of(marks: Uint32Array): Uint32Array {
    if (this.#marks.length < marks.length) this.#marks = new Uint32Array(marks.length * 2);
    this.#marks.set(marks);
    return this.#marks.subarray(0, marks.length);
  }
}
