import { openEvents } from 'tabcast';
import { expose } from './stream.js';

expose(async (url, hear) => {
  const feed = openEvents(url);
  feed.on('m', (event) => {
    if (hear(event.data)) feed.close();
  });
  await feed.closed;
});
