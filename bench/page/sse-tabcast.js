import { openEvents } from 'tabcast';
import { expose } from './stream.js';

expose(async (url, fetch, hear) => {
  const feed = openEvents(url, fetch ? { fetch } : {});
  feed.onEvent((event) => {
    if (hear(event.data)) feed.close();
  });
  await feed.closed;
});

/** Opens a stream that the tabs share. */
window.share = (url) => {
  const heard = [];
  const feed = openEvents(url, { share: { scope: 'bench' } });
  window.shared = { heard, close: () => feed.close(), role: () => feed.tabs.getSnapshot().role };
  feed.onEvent(({ data }) => heard.push({ at: performance.now(), ...JSON.parse(data) }));
};
