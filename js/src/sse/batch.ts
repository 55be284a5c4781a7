/** The value of a mark whose text is that of the event before (`Batch::SAME`). */
const SAME = 0xffffffff;

/**
 * Cuts the events of one chunk out of their common text, until `take` wants no more.
 *
 * `marks` has three numbers an event: the lengths of its type, its id and its data. A type of
 * length 0 is `message`.
 */
export function cut(
  text: string,
  marks: Uint32Array,
  take: (event: string, id: string, data: string) => boolean,
): void {
  let at = 0;
  let event = 'message';
  let id = '';
  for (let mark = 0; mark + 2 < marks.length; mark += 3) {
    const eventLength = marks[mark] ?? SAME;
    const idLength = marks[mark + 1] ?? SAME;
    const dataLength = marks[mark + 2] ?? 0;
    if (eventLength !== SAME) {
      event = eventLength === 0 ? 'message' : text.slice(at, (at += eventLength));
    }
    if (idLength !== SAME) id = text.slice(at, (at += idLength));
    if (!take(event, id, text.slice(at, (at += dataLength)))) return;
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
