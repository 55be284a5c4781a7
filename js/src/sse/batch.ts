/** Where a text stands that is that of the event before (`Batch::SAME`). */
const SAME = 0xffffffff;

/**
 * The events of one chunk, cut out of their common text one by one.
 *
 * `marks` has six numbers an event: where its type begins and how long it is, the same of its id and of
 * its data. A type of length 0 is `message`.
 */
export class Cutter {
  event = 'message';
  data = '';
  #mark = 0;

  /** @param id the last event ID ahead of them */
  constructor(
    private readonly text: string,
    private readonly marks: Uint32Array,
    public id: string,
  ) {}

  /** Goes on to the next event; says whether there is one. */
  next(): boolean {
    const { text, marks } = this;
    const mark = this.#mark;
    if (mark + 5 >= marks.length) return false;
    this.#mark = mark + 6;
    const eventAt = marks[mark] ?? SAME;
    const eventLength = marks[mark + 1] ?? 0;
    const idAt = marks[mark + 2] ?? SAME;
    const dataAt = marks[mark + 4] ?? 0;
    if (eventLength !== 0) this.event = text.slice(eventAt, eventAt + eventLength);
    else if (eventAt !== SAME) this.event = 'message';
    if (idAt !== SAME) this.id = text.slice(idAt, idAt + (marks[mark + 3] ?? 0));
    this.data = text.slice(dataAt, dataAt + (marks[mark + 5] ?? 0));
    return true;
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
