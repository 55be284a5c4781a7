import { EventSourceParserStream } from 'eventsource-parser/stream';
import { expose } from './stream.js';

expose(async (url, hear) => {
  const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const event of events) if (hear(event.data)) return;
});
