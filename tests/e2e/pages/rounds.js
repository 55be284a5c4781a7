// A tab that takes part in rounds: it sends numbered messages, and notes when which ones came.
// Times are those of the system's clock, which the processes of a machine share.
import { ChatTraffic } from './rounds-chat.js';
import { SocketTraffic } from './rounds-socket.js';

const TRAFFIC = { socket: SocketTraffic, chat: ChatTraffic };

class Rounds {
  #traffic;
  #stopTicking = () => {};

  constructor(config) {
    this.record = { messages: [], notes: [], outcomes: [] };
    this.#traffic = new TRAFFIC[config.traffic](config, this.record);
    const { tabs } = this.#traffic;
    let role;
    const noteRole = () => {
      if (tabs.getSnapshot().role === role) return;
      role = tabs.getSnapshot().role;
      this.note(role);
    };
    tabs.subscribe(noteRole);
    noteRole();
  }

  note(what) {
    this.record.notes.push([Date.now(), what]);
  }

  get state() {
    const { role, count } = this.#traffic.tabs.getSnapshot();
    const { connected } = this.#traffic;
    if (connected) return { connected, role, count };
    // For whoever asks why.
    const { record, pending } = this;
    return {
      connected,
      role,
      count,
      pending,
      notes: record.notes.slice(-20),
      ...this.#traffic.inspect(),
    };
  }

  /** Sends `perSecond` messages, numbered from 0, until `stopSending`. */
  startSending(perSecond) {
    const { outcomes } = this.record;
    const begun = performance.now();
    this.#stopTicking = tick(() => {
      const due = Math.floor(((performance.now() - begun) * perSecond) / 1000);
      while (outcomes.length < due) {
        const n = outcomes.push('pending') - 1;
        this.#traffic.send(n).then(
          () => (outcomes[n] = 'done'),
          (error) => (outcomes[n] = error.code ?? String(error)),
        );
      }
    });
  }

  stopSending() {
    this.#stopTicking();
  }

  get pending() {
    return this.record.outcomes.filter((outcome) => outcome === 'pending').length;
  }

  /** What a room shows in the end. */
  get rows() {
    return this.#traffic.rows;
  }

  get last() {
    return this.record.messages.at(-1)?.[0] ?? -1;
  }

  /** After `delay` keeps the page from doing anything else for `ms`. */
  hang(delay, ms) {
    setTimeout(() => this.spin(ms), delay);
  }

  /** Uses the processor now, so that the page's process can be told from others. */
  spin(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }
}

/**
 * Calls `body` every few milliseconds until the page is left or the returned function is called.
 *
 * By a worker, as timers of hidden pages run once a second.
 */
function tick(body) {
  const source = new Blob(['setInterval(() => postMessage(0), 5)']);
  const worker = new Worker(URL.createObjectURL(source));
  worker.onmessage = body;
  const stop = () => worker.terminate();
  addEventListener('pagehide', stop, { once: true });
  return stop;
}

const rounds = new Rounds(JSON.parse(decodeURIComponent(location.hash.slice(1))));
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) rounds.note('restored');
});
window.rounds = rounds;
