import type { ConnectionConfig } from '../core/connection.js';

/**
 * The first WebSocket of a connection, opened while the core is on its way: at the moment at which
 * upstream opens it. What comes is kept until the core asks for the socket.
 */
export interface HeadStart {
  /** Gives the socket to the core, once, if it is what that asks for. */
  take(url: string, protocols: readonly string[]): WebSocket | undefined;
  /** Closes the socket, unless the core has it. The core may still ask for it, and learns that. */
  close(): void;
}

/** `undefined` if the core will not begin with a WebSocket, or with one whose URL only it knows. */
export function headStart(configure: () => ConnectionConfig): HeadStart | undefined {
  try {
    const { url, transports, websocket, share } = configure();
    if (share || transports[0] !== 'websocket' || websocket.timestamp !== null) return undefined;
    const address = `${url.replace(/^http/, 'ws')}&transport=websocket`;
    return opened(websocket.base64 ? `${address}&b64=1` : address, websocket.protocols);
  } catch {
    // The core will meet the same, and tell it.
    return undefined;
  }
}

function opened(...asked: [url: string, protocols: readonly string[]]): HeadStart {
  const [url, protocols] = asked;
  const events: Event[] = [];
  const keep = (event: Event): void => void events.push(event);
  let isTaken = false;
  const socket = new WebSocket(url, [...protocols]);
  socket.binaryType = 'arraybuffer';
  for (const type of TYPES) socket.addEventListener(type, keep);
  return {
    take: (...wanted) => {
      if (isTaken || String(wanted) !== String(asked)) return undefined;
      isTaken = true;
      for (const type of TYPES) socket.removeEventListener(type, keep);
      // Before anything else can come, and when the core listens.
      queueMicrotask(() => {
        for (const event of events.splice(0)) socket.dispatchEvent(event);
      });
      return socket;
    },
    close: () => {
      if (!isTaken) socket.close();
    },
  };
}

const TYPES = ['open', 'message', 'error', 'close'];
