import type { Json, RoomId } from '../contract/index.js';
import type { TabcastError } from '../errors.js';
import { Computed } from './computed.js';
import { MESSAGE_STATUSES, type CoreTyper, type Failure, type RowParts } from './core.js';
import { toError } from './failures.js';
import type { Message, RoomState, SyncState, Typer } from './types.js';

type Meta = Omit<RoomState<Json>, 'id' | 'messages' | 'typing'>;

/** What the app sees of a room: applies the core's changes, and makes a snapshot when asked. */
export class RoomView {
  readonly state: Computed<RoomState<Json>>;
  readonly #rows: Message<Json>[] = [];
  /** A copy of the rows for the app; made anew after they change. */
  #messages: readonly Message<Json>[] | undefined = [];
  #meta: Meta = { sync: 'initial', head: 0, error: null, hasOlder: false, loadingOlder: false };
  #typing: readonly Typer[] = [];

  constructor(id: RoomId) {
    const make = (): RoomState<Json> => {
      this.#messages ??= [...this.#rows];
      return { id, ...this.#meta, messages: this.#messages, typing: this.#typing };
    };
    this.state = new Computed(make(), make);
  }

  insertRow(index: number, row: RowParts): Message<Json> {
    const message = toMessage(...row);
    this.#rows.splice(index, 0, message);
    this.#rowsChanged();
    return message;
  }

  updateRow(index: number, row: RowParts): Message<Json> {
    const message = toMessage(...row);
    this.#rows[index] = message;
    this.#rowsChanged();
    return message;
  }

  removeRows(index: number, count: number): void {
    this.#rows.splice(index, count);
    this.#rowsChanged();
  }

  setMeta(
    sync: SyncState,
    head: number,
    hasOlder: boolean,
    loadingOlder: boolean,
    failure: Failure | undefined,
  ): void {
    const error = failure ? toError(failure) : null;
    this.#meta = { sync, head, hasOlder, loadingOlder, error };
    this.state.changed();
  }

  setTypers(typers: readonly CoreTyper[]): void {
    this.#typing = typers.map(({ user, sinceMs, devices }) => {
      return { user, since: Math.round(performance.timeOrigin + sinceMs), devices };
    });
    this.state.changed();
  }

  #rowsChanged(): void {
    this.#messages = undefined;
    this.state.changed();
  }
}

function toMessage(
  body: RowParts[0],
  mine: boolean,
  status: number,
  failure: Failure | undefined,
): Message<Json> {
  const error: TabcastError | null = failure ? toError(failure) : null;
  const common = { mine, status: MESSAGE_STATUSES[status] ?? 'failed', error };
  if (!('id' in body)) return { ...body, ...common, key: body.cid, id: null, seq: null };
  const { n: _ordinal, ...shown } = body;
  return { ...shown, ...common, key: mine ? body.cid : body.id };
}
