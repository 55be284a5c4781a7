/** Puts `consume` on the window; `read(url, hear)` calls `hear` with each data until that says stop. */
export function expose(read) {
  window.consume = async (url, count) => {
    const sent = [];
    const at = [];
    const start = performance.now();
    await read(url, (data) => {
      at.push(performance.now());
      sent.push(JSON.parse(data).sent);
      return at.length === count;
    });
    return { sent, at, took: performance.now() - start };
  };
}
