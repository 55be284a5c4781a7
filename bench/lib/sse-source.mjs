import { message } from './payloads.mjs';

const CHUNK_EVENTS = 200;

/** Streams `count` events, `rate` a second or, without a rate, as fast as they are read. */
export async function streamEvents(request, response, query) {
  const count = Number(query.get('count'));
  const rate = Number(query.get('rate'));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  if (rate > 0) {
    for (let n = 0; n < count && !request.destroyed; n++) {
      response.write(event(n));
      await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
    }
  } else {
    for (let n = 0; n < count && !request.destroyed; n += CHUNK_EVENTS) {
      const events = Array.from({ length: CHUNK_EVENTS }, (_, i) => event(n + i));
      if (response.write(events.join(''))) continue;
      await new Promise((resolve) => {
        response.once('drain', resolve);
        request.once('close', resolve);
      });
    }
  }
  // Left open, as a real stream is; the page closes it.
}

const event = (n) => `id: ${n}\nevent: m\ndata: ${JSON.stringify(message(n))}\n\n`;
