/**
 * Puts `consume` and `parse` on the window; `read(url, fetch, hear)` calls `hear` with each data until
 * that says stop. `fetch` is the page's own unless one is given.
 */
export function expose(read) {
  window.consume = async (url, count) => {
    const sent = [];
    const at = [];
    const start = performance.now();
    await read(url, undefined, (data) => {
      at.push(performance.now());
      sent.push(JSON.parse(data).sent);
      return at.length === count;
    });
    return { sent, at, took: performance.now() - start };
  };

  window.parse = async ({ count, chunkBytes, kind }) => {
    const { bytes, length } = (made[`${count} ${kind}`] ??= events(
      Math.min(count, REPEATED),
      kind,
    ));
    const times = Math.max(count / REPEATED, 1);
    const respond = () => Promise.resolve(response(bytes, chunkBytes, times));
    let heard = 0;
    let characters = 0;
    await read('/parse', respond, (data) => {
      characters += data.length;
      return ++heard === count;
    });
    if (characters !== length * times) throw new Error(`${characters} characters came`);
  };
}

const encoder = new TextEncoder();

/** Data of so many bytes. */
const filled = (start, bytes = 176) => start + 'x'.repeat(bytes - encoder.encode(start).length);

const PLAIN = filled('');
const WITHOUT_ID = filled('', 177);
const UMLAUTS = filled('{"user":"Jörg Müller","text":"Grüße aus Köln: schöne Füße"}');
const EMOJI = filled('{"user":"Jörg Müller","text":"Grüße aus Köln 😀"}');
const CHINESE = filled('实时消息'.repeat(14));

/** Data and blocks of about 200 bytes. */
const BLOCKS = {
  usual: (id) => [PLAIN, `id: ${id}\ndata: ${PLAIN}\n\n`],
  umlauts: (id) => [UMLAUTS, `id: ${id}\ndata: ${UMLAUTS}\n\n`],
  emoji: (id) => [EMOJI, `id: ${id}\ndata: ${EMOJI}\n\n`],
  Chinese: (id) => [CHINESE, `id: ${id}\ndata: ${CHINESE}\n\n`],
  // Two types, one of which has no ids, and a heartbeat now and then.
  mixed: (id, n) => [
    n % 2 ? PLAIN : WITHOUT_ID,
    (n % 16 ? '' : ': heartbeat\n\n') +
      (n % 2
        ? `id: ${id}\nevent: message\ndata: ${PLAIN}\n\n`
        : `event: typing\ndata: ${WITHOUT_ID}\n\n`),
  ],
  CRLF: (id) => [PLAIN, `id: ${id}\r\ndata: ${PLAIN}\r\n\r\n`],
};

/**
 * Different events there are. So few that their bytes stay in the cache, as those that a network has just
 * delivered are; a page that holds 160 MB has its garbage collected seldom, and every string in fresh memory.
 */
const REPEATED = 4000;

/** By their number and kind: what making them leaves to the garbage collector is not to be measured. */
const made = {};

/** The bytes of events, and how long all their data is. */
function events(count, kind) {
  let length = 0;
  const blocks = Array.from({ length: count }, (_, n) => {
    const [data, block] = BLOCKS[kind](String(n).padStart(11, '0'), n);
    length += data.length;
    return block;
  });
  return { bytes: encoder.encode(blocks.join('')), length };
}

/** As much of a response as is looked at, whose chunks are there already: `bytes` so many times. */
function response(bytes, chunkBytes, times) {
  let at = 0;
  const next = () => {
    if (at === bytes.length && --times > 0) at = 0;
    const value = bytes.subarray(at, at + chunkBytes);
    at += value.length;
    return value.length > 0 && Promise.resolve({ done: false, value });
  };
  const reader = {
    read: () => next() || new Promise(() => {}),
    cancel: () => Promise.resolve(),
  };
  return {
    status: 200,
    headers: new Headers({ 'content-type': 'text/event-stream' }),
    body: { getReader: () => reader },
  };
}
