import { io } from 'tabcast';
import { expose } from './tab.js';

expose(({ shared }) =>
  io({ transports: ['websocket'], ...(shared && { shared, scope: 'bench' }) }),
);
