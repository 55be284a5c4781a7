/**
 * Calls `callback` once, in the next animation frame; the returned function prevents it.
 *
 * A hidden page gets no frames and Node has none: then a timer does it.
 */
export function onNextFrame(callback: () => void): () => void {
  let frame: number | undefined;
  const cancel = () => {
    clearTimeout(timer);
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
  const run = () => {
    cancel();
    callback();
  };
  const timer = setTimeout(run, WITHOUT_FRAMES_MS);
  if (typeof requestAnimationFrame === 'function') frame = requestAnimationFrame(run);
  return cancel;
}

const WITHOUT_FRAMES_MS = 100;
