// What a tab does in a bench, the same for every client. Times are milliseconds of the page's clock.

/** Puts `bench` on the window; `open` makes a connected Socket of the client under test. */
export function expose(open) {
  window.bench = new Tab(open);
  // The time from navigation to the first event, the connection being made as soon as can be.
  if (location.hash === '#connect') window.bench.connect({ shared: false });
  if (location.hash === '#connect-shared') window.bench.connect({ shared: true });
}

class Tab {
  /** Numbered messages in the order of arrival. */
  #numbers = [];
  #sent = [];
  #at = [];
  #said = [];
  #firstEvent = Promise.withResolvers();
  #awaited = { count: Infinity, done: () => {} };

  constructor(open) {
    this.open = open;
  }

  connect(options) {
    this.socket = this.open(options);
    this.socket.once('hello', () => this.#firstEvent.resolve(performance.now()));
    this.socket.on('m', (body) => {
      this.#at.push(performance.now());
      this.#numbers.push(body.n);
      this.#sent.push(body.sent);
      if (this.#numbers.length >= this.#awaited.count) this.#awaited.done();
    });
    this.socket.on('said', (body) => this.#said.push([performance.now(), body.sent]));
  }

  get state() {
    const tabs = this.socket?.io?.tabs?.getSnapshot();
    return {
      connected: this.socket?.connected ?? false,
      role: tabs?.role,
      tabs: tabs?.count,
    };
  }

  /** When the first event came. */
  firstEvent() {
    return this.#firstEvent.promise;
  }

  /** Waits in the page: a harness that looks again and again would cost time that is measured. */
  untilReceived(count) {
    if (this.#numbers.length >= count) return undefined;
    return new Promise((done, fail) => {
      this.#awaited = { count, done };
      setTimeout(() => fail(new Error(`only ${this.#numbers.length} of ${count} came`)), 60_000);
    });
  }

  /** What has arrived, and forgets it. */
  take() {
    const taken = { numbers: this.#numbers, sent: this.#sent, at: this.#at, said: this.#said };
    this.#numbers = [];
    this.#sent = [];
    this.#at = [];
    this.#said = [];
    return taken;
  }

  get said() {
    return this.#said.length;
  }

  /** Says `count` things, `rate` a second; `offset` makes the page's clock that of the machine. */
  say({ count, rate, offset }) {
    const text = 'x'.repeat(140);
    return paced(count, rate, (n) => {
      this.socket.emit('say', { n, sent: performance.now() + offset, text });
    });
  }

  /** Numbers to the server, from 0 on, until `stopCounting`. Returns at once. */
  startCounting(rate) {
    this.counting = true;
    this.counted = 0;
    void paced(Infinity, rate, (n) => {
      if (!this.counting) return false;
      this.socket.emit('number', n);
      this.counted = n + 1;
      return true;
    });
  }

  stopCounting() {
    this.counting = false;
    return this.counted;
  }

  /** Round trips of acknowledged events, `rate` a second whether or not the last one is back. */
  async askPaced({ count, rate }) {
    const text = 'x'.repeat(160);
    const trips = [];
    await paced(count, rate, () => {
      const start = performance.now();
      trips.push(this.socket.emitWithAck('ask', { text }).then(() => performance.now() - start));
    });
    return Promise.all(trips);
  }

  /** Round trips of acknowledged events, one after the other. */
  async askInTurn(count, bytes = 160, binary = false) {
    const body = binary ? new Uint8Array(bytes) : { text: 'x'.repeat(bytes) };
    const trips = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await this.socket.emitWithAck('ask', body);
      trips.push(performance.now() - start);
    }
    return trips;
  }

  /** From asking for a big event until it has been received. */
  want(kind) {
    return new Promise((resolve) => {
      const start = performance.now();
      this.socket.once('big', () => resolve(performance.now() - start));
      this.socket.emit(`want-${kind}`);
    });
  }

  /** Where the page's clock lies against the server's, by the smallest of many round trips. */
  async clockBounds() {
    let bounds = [-Infinity, Infinity];
    for (let i = 0; i < 40; i++) {
      const before = performance.now();
      const response = await fetch('/clock');
      const after = performance.now();
      const time = Number(await response.text());
      bounds = [Math.max(bounds[0], time - after), Math.min(bounds[1], time - before)];
    }
    return bounds;
  }
}

/** Calls `body` with 0, 1, … at `rate` a second, catching up when late, until it returns false. */
function paced(count, rate, body) {
  const start = performance.now();
  let done = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - start) * rate) / 1000) + 1);
      while (done < due) {
        if (body(done++) === false) done = count;
      }
      if (done < count) return;
      clearInterval(timer);
      resolve();
    }, 4);
  });
}
