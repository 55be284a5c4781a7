import type { ClientMsgId, Json, RoomId } from '../contract/index.js';
import { TabcastError } from '../errors.js';
import type { ChatStore, Failure, RowParts } from './core.js';
import { toError } from './failures.js';
import { uuidV7 } from './ids.js';
import { RoomView } from './room-view.js';
import type {
  Draft,
  Message,
  OlderLoaded,
  RoomHandle,
  RoomState,
  SendHandle,
  SendInput,
} from './types.js';

/** What a room needs of its client. */
export interface RoomOwner {
  readonly user: { readonly id: string };
  /** Keeps the connection until the returned function is called. */
  hold(): () => void;
  /**
   * Calls the store now, or when it is there.
   *
   * @param failed is called, and the command forgotten, if the store cannot be had; without it the
   * command waits on
   */
  run(command: (store: ChatStore) => void, failed?: (error: TabcastError) => void): void;
}

interface Waiting<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: TabcastError): void;
}

/** One room of a client: its snapshot, and what can be done with it. */
export class Room implements RoomHandle<Json> {
  readonly id: RoomId;
  readonly view: RoomView;
  readonly #owner: RoomOwner;
  readonly #unsent = new Map<ClientMsgId, Waiting<Message<Json>>>();
  #older: Waiting<OlderLoaded> | undefined;

  constructor(id: RoomId, owner: RoomOwner) {
    this.id = id;
    this.view = new RoomView(id);
    this.#owner = owner;
  }

  readonly getSnapshot = (): RoomState<Json> => this.view.state.getSnapshot();

  readonly getServerSnapshot = (): RoomState<Json> => this.view.state.getServerSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => this.view.state.subscribe(listener);

  readonly send = (input: SendInput<Json>): SendHandle<Json> => {
    const cid = uuidV7();
    const { text, meta, replyTo } = input;
    const draft: Draft = {
      roomId: this.id,
      cid,
      from: this.#owner.user.id,
      ts: Date.now(),
      text,
      ...(meta !== undefined && { meta }),
      ...(replyTo !== undefined && { replyTo }),
      rev: 0,
    };
    const waiting = newWaiting<Message<Json>>();
    this.#unsent.set(cid, waiting);
    void waiting.promise.catch(ignore).finally(this.#owner.hold());
    this.#owner.run(
      (store) => this.#enqueue(store, draft),
      (error) => this.#settle(cid, (sent) => sent.reject(error)),
    );
    return { cid, sent: waiting.promise, cancel: () => this.#takeBack(cid) };
  };

  readonly retry = (cid: ClientMsgId): void => {
    this.#owner.run((store) => store.retry(this.id, cid), ignore);
  };

  readonly discard = (cid: ClientMsgId): void => {
    this.#takeBack(cid);
  };

  readonly loadOlder = (count = DEFAULT_PAGE): Promise<OlderLoaded> => {
    if (this.#older) return this.#older.promise;
    const waiting = newWaiting<OlderLoaded>();
    this.#older = waiting;
    const failed = (error: TabcastError): void => this.#takeOlder()?.reject(error);
    this.#owner.run((store) => store.loadOlder(this.id, count), failed);
    return waiting.promise;
  };

  readonly typing = {
    keystroke: (): void => this.#owner.run((store) => store.keystroke(this.id), ignore),
    stop: (): void => this.#owner.run((store) => store.stopTyping(this.id), ignore),
  };

  readonly retain = (): (() => void) => {
    const letGo = this.#owner.hold();
    this.#owner.run((store) => store.retain(this.id));
    let retained = true;
    return () => {
      if (!retained) return;
      retained = false;
      this.#owner.run((store) => store.release(this.id));
      letGo();
    };
  };

  rowInserted(index: number, row: RowParts): void {
    this.#sendProgressed(this.view.insertRow(index, row));
  }

  rowUpdated(index: number, row: RowParts): void {
    this.#sendProgressed(this.view.updateRow(index, row));
  }

  olderLoaded(loaded: number, failure: Failure | undefined): void {
    const waiting = this.#takeOlder();
    if (failure) waiting?.reject(toError(failure));
    else waiting?.resolve({ loaded, more: this.getSnapshot().hasOlder });
  }

  /** Nothing will be answered any more. */
  end(error: TabcastError): void {
    this.#takeOlder()?.reject(error);
    for (const cid of [...this.#unsent.keys()]) this.#settle(cid, (sent) => sent.reject(error));
  }

  #enqueue(store: ChatStore, draft: Draft): void {
    try {
      store.send(this.id, draft.cid, draft);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = new TabcastError('too_large', message, { cause });
      this.#settle(draft.cid, (sent) => sent.reject(error));
    }
  }

  #takeBack(cid: ClientMsgId): boolean {
    let discarded = false;
    this.#owner.run((store) => {
      discarded = store.discard(this.id, cid);
    }, ignore);
    if (discarded) {
      const error = new TabcastError('aborted', 'unable to send; the message was discarded');
      this.#settle(cid, (sent) => sent.reject(error));
    }
    return discarded;
  }

  #sendProgressed(message: Message<Json>): void {
    if (!message.mine || this.#unsent.size === 0) return;
    const { cid, status, error } = message;
    if (status === 'sent') this.#settle(cid, (sent) => sent.resolve(message));
    if (error) this.#settle(cid, (sent) => sent.reject(error));
  }

  #settle(cid: ClientMsgId, how: (sent: Waiting<Message<Json>>) => void): void {
    const waiting = this.#unsent.get(cid);
    this.#unsent.delete(cid);
    if (waiting) how(waiting);
  }

  #takeOlder(): Waiting<OlderLoaded> | undefined {
    const waiting = this.#older;
    this.#older = undefined;
    return waiting;
  }
}

const DEFAULT_PAGE = 50;

/** The row, or the state of the client, says it too. */
function ignore(): void {}

function newWaiting<T>(): Waiting<T> {
  let settle: Pick<Waiting<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(ignore);
  return { promise, ...settle! };
}
