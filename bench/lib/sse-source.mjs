import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { message } from './payloads.mjs';

const CHUNK_EVENTS = 200;

/** Streams `count` events, `rate` a second or, without a rate, as fast as they are read. */
export async function streamEvents(response, query) {
  const count = Number(query.get('count'));
  const rate = Number(query.get('rate'));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const source = Readable.from(rate > 0 ? paced(count, rate) : chunks(count));
  // The page goes away when it has enough.
  await pipeline(source, response).catch(() => {});
}

async function* paced(count, rate) {
  for (let n = 0; n < count; n++) {
    yield event(n);
    await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
  }
}

function* chunks(count) {
  for (let n = 0; n < count; n += CHUNK_EVENTS) {
    yield Array.from({ length: CHUNK_EVENTS }, (_, i) => event(n + i)).join('');
  }
}

const event = (n) => `id: ${n}\nevent: m\ndata: ${JSON.stringify(message(n))}\n\n`;
