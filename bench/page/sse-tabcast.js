import { openEvents } from 'tabcast';
import { expose } from './stream.js';

expose(async (url, fetch, hear) => {
  const feed = openEvents(url, fetch ? { fetch } : {});
  feed.onEvent((event) => {
    if (hear(event.data)) feed.close();
  });
  await feed.closed;
});
