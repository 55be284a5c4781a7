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

  window.parse = async ({ count, chunkBytes }) => {
    const bytes = (made[count] ??= events(count));
    const respond = () => Promise.resolve(response(bytes, chunkBytes));
    let heard = 0;
    let characters = 0;
    await read('/parse', respond, (data) => {
      characters += data.length;
      return ++heard === count;
    });
    if (characters !== count * DATA.length) throw new Error(`${characters} characters came`);
  };
}

const DATA = 'x'.repeat(175);

/** By their number: what making them leaves to the garbage collector is not to be measured. */
const made = {};

/** Events of 200 bytes each. */
function events(count) {
  const event = (n) => `id: ${String(n).padStart(11, '0')}\ndata: ${DATA}\n\n`;
  return new TextEncoder().encode(Array.from({ length: count }, (_, n) => event(n)).join(''));
}

/** As much of a response as is looked at, whose chunks are there already. */
function response(bytes, chunkBytes) {
  let at = 0;
  const reader = {
    read: () =>
      at < bytes.length
        ? Promise.resolve({ done: false, value: bytes.subarray(at, (at += chunkBytes)) })
        : new Promise(() => {}),
    cancel: () => Promise.resolve(),
  };
  return {
    status: 200,
    headers: new Headers({ 'content-type': 'text/event-stream' }),
    body: { locked: false, getReader: () => reader },
  };
}
