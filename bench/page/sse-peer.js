import { createParser } from 'eventsource-parser';
import { expose } from './stream.js';

// Without the streams that the package has too: those are slower.
expose(async (url, respond = fetch, hear) => {
  const response = await respond(url, { headers: { accept: 'text/event-stream' } });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let done = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      done ||= hear(data);
    },
  });
  while (!done) {
    const { value } = await reader.read();
    parser.feed(decoder.decode(value, { stream: true }));
  }
  void reader.cancel();
});
