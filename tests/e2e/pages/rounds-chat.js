import { createClient } from '/dist/index.js';

/** Messages of a room: those of another user down, one's own up. */
export class ChatTraffic {
  #client;
  #room;
  #tab;

  constructor({ url, user, token, room, tab, options = {} }, { messages, notes }) {
    this.#tab = tab;
    this.#client = createClient({ url, user: { id: user }, auth: () => token });
    // Those about reconnection, which are methods of a manager too.
    for (const [name, value] of Object.entries(options)) this.#client.manager[name](value);
    this.#room = this.#client.room(room);
    this.#room.retain();
    let head = 0;
    watch(this.#room, ({ messages: rows }) => {
      // Rows that the server has not stored come last, with no number.
      const stored = rows.findLastIndex(({ seq }) => seq !== null);
      let from = stored + 1;
      while (from > 0 && rows[from - 1].seq > head) from--;
      for (const { seq, text, mine } of rows.slice(from, stored + 1)) {
        head = seq;
        if (!mine) messages.push([Number(text), Date.now()]);
      }
    });
    let status;
    watch(this.#client.connection, (state) => {
      if (state.status !== status) notes.push([Date.now(), (status = state.status)]);
    });
  }

  get tabs() {
    return this.#client.tabs;
  }

  get connected() {
    const { sync } = this.#room.getSnapshot();
    return this.#client.connection.getSnapshot().status === 'connected' && sync === 'live';
  }

  inspect() {
    return this.#client.connection.getSnapshot();
  }

  /** The texts of all messages of others that are in the room now. */
  get rows() {
    return this.#room
      .getSnapshot()
      .messages.filter(({ mine }) => !mine)
      .map(({ text }) => Number(text));
  }

  send(n) {
    return this.#room.send({ text: `${this.#tab} ${n}` }).sent;
  }
}

function watch(subscribable, look) {
  subscribable.subscribe(() => look(subscribable.getSnapshot()));
}
