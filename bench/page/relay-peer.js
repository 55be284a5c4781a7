import { Tab } from 'tab-election';
import { expose } from './relay.js';

expose(({ leads, received }) => {
  const tab = new Tab('relay');
  tab.addEventListener('message', ({ data }) => received(data));
  tab.waitForLeadership(() => leads(true));
  return (body) => tab.send(body);
});
