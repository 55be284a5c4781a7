import { Tab } from 'tab-election';
import { expose } from './relay.js';

expose(({ led, received }) => {
  const tab = new Tab('relay');
  tab.addEventListener('message', ({ data }) => received(data));
  tab.waitForLeadership(() => led());
  return (body) => tab.send(body);
});
