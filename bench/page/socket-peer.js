import { io } from 'socket.io-client';
import { expose } from './tab.js';

expose(() => io({ transports: ['websocket'] }));
