import { BroadcastChannel, createLeaderElection } from 'broadcast-channel';
import { expose } from './relay.js';

expose(({ leads, received }) => {
  const channel = new BroadcastChannel('relay', { type: 'native', webWorkerSupport: false });
  channel.onmessage = received;
  createLeaderElection(channel)
    .awaitLeadership()
    .then(() => leads(true));
  return (body) => void channel.postMessage(body);
});
