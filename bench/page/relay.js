// One tab among those that relay messages to each other. Times are milliseconds of the page's clock.

/**
 * Puts `bench` on the window.
 *
 * @param {(tab: { leads(now: boolean): void, received(body: object): void }) => (body: object) => void} join
 * takes part in the election; gives what the leader calls to send to the other tabs
 */
export function expose(join) {
  window.bench = new RelayTab(join);
}

class RelayTab {
  leads = false;
  ledAt = undefined;
  #latencies = [];
  #count = 0;
  #lastAt = 0;
  #awaited = { count: Infinity, done: () => {} };

  constructor(join) {
    this.send = join({
      leads: (now) => {
        if (now && !this.leads) this.ledAt = performance.now();
        this.leads = now;
      },
      received: ({ sent }) => {
        this.#lastAt = performance.now();
        this.#latencies.push(this.#lastAt - sent);
        if (++this.#count >= this.#awaited.count) this.#awaited.done();
      },
    });
  }

  get count() {
    return this.#count;
  }

  /** Sends as fast as it goes, in tasks of 250; gives when it began. */
  async flood(count) {
    const began = performance.now();
    const { port1, port2 } = new MessageChannel();
    for (let n = 0; n < count; n++) {
      this.send(body(n));
      if (n % 250 !== 249) continue;
      await new Promise((next) => {
        port1.onmessage = next;
        port2.postMessage(undefined);
      });
    }
    return began;
  }

  /** Sends `rate` messages a second. */
  pace(count, rate) {
    let n = 0;
    return new Promise((done) => {
      const timer = setInterval(() => {
        this.send(body(n++));
        if (n < count) return;
        clearInterval(timer);
        done();
      }, 1000 / rate);
    });
  }

  untilReceived(count) {
    if (this.#count >= count) return undefined;
    return new Promise((done, fail) => {
      this.#awaited = { count, done };
      setTimeout(() => fail(new Error(`only ${this.#count} of ${count} came`)), 60_000);
    });
  }

  take() {
    const taken = { latencies: this.#latencies, lastAt: this.#lastAt };
    this.#latencies = [];
    this.#count = 0;
    this.#awaited = { count: Infinity, done: () => {} };
    return taken;
  }
}

const TEXT = 'x'.repeat(140);
const body = (n) => ({ n, sent: performance.now(), text: TEXT });
