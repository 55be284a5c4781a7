// A tab of the soak: shares the connection, checks each number as it comes, and keeps none of them.
import { io } from 'tabcast';

/** The memory of the core, which no figure of the browser counts. */
let memory;
const { instantiateStreaming } = WebAssembly;
WebAssembly.instantiateStreaming = async (...args) => {
  const result = await instantiateStreaming.apply(WebAssembly, args);
  // By its kind: the build may shorten names.
  memory = Object.values(result.instance.exports).find(
    (each) => each instanceof WebAssembly.Memory,
  );
  return result;
};

const socket = io({ shared: true, scope: 'soak', reconnectionDelay: 100 });

/** What came so far, in numbers that do not grow with the time. */
const seen = {
  /** The number that comes next. */
  next: undefined,
  /** Came as events. */
  live: 0,
  /** Came by asking, after a session that could not be resumed. */
  refilled: 0,
  doubled: 0,
  asked: 0,
  answered: 0,
  unanswered: 0,
};
let refilling = false;

socket.on('m', ({ n }) => {
  if (refilling) return;
  if (n === seen.next) {
    seen.next += 1;
    seen.live += 1;
  } else if (n < seen.next) {
    seen.doubled += 1;
  } else {
    void refill();
  }
});
socket.on('connect', () => void refill());

/** The server's answer comes behind all events that it counts. */
async function refill() {
  if (refilling) return;
  refilling = true;
  try {
    const head = await socket.timeout(5000).emitWithAck('head');
    if (seen.next !== undefined) seen.refilled += head - seen.next;
    seen.next = head;
  } catch {
    // The next connection, or the next number, asks again.
  }
  refilling = false;
}

setInterval(async () => {
  seen.asked += 1;
  try {
    await socket.timeout(10_000).emitWithAck('ask', { text: 'x'.repeat(160) });
    seen.answered += 1;
  } catch {
    // At most once: what a dying leader may have sent is not sent again.
    seen.unanswered += 1;
  }
}, 200);

window.bench = {
  get state() {
    const { role, count, term } = socket.io.tabs.getSnapshot();
    return { connected: socket.connected, role, tabs: count, term };
  },
  get seen() {
    return seen;
  },
  get coreBytes() {
    return memory?.buffer.byteLength ?? 0;
  },
  get inspection() {
    return socket.io.inspect();
  },
};
