import { PROTOCOL_VERSION, type ServerLimits } from 'tabcast/contract';
import { z } from 'zod';
import type { Connection, RtSocket } from '../common/realtime.js';
import { TokenBucket } from '../common/token-bucket.js';
import { deviceId } from '../common/validation.js';
import { WireException, wireError } from '../common/wire-exception.js';
import type { TokenService } from './token.service.js';

/** Lets connections with a valid handshake pass; others get a `connect_error` with `data`. */
export function socketAuth(tokens: TokenService, limits: ServerLimits) {
  return (socket: RtSocket, next: (error?: Error) => void): void => {
    authenticate(socket.handshake.auth, tokens, limits).then(
      (connection) => {
        socket.data = connection;
        next();
      },
      (error: unknown) => {
        const data = wireError(error);
        next(Object.assign(new Error(data.message), { data }));
      },
    );
  };
}

async function authenticate(
  auth: unknown,
  tokens: TokenService,
  limits: ServerLimits,
): Promise<Connection> {
  const parsed = handshakeSchema.safeParse(auth);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const code = issue?.path[0] === 'token' ? 'unauthorized' : 'invalid';
    const reason = `auth.${issue?.path.join('.')}: ${issue?.message}`;
    throw new WireException(code, `unable to connect; ${reason}`);
  }
  const user = await tokens.verify(parsed.data.token);
  const now = performance.now();
  return {
    user,
    device: parsed.data.device,
    calls: new TokenBucket(CALLS_PER_SEC, 4 * CALLS_PER_SEC, now),
    sends: new TokenBucket(limits.sendPerSec, 4 * limits.sendPerSec, now),
    watching: new Set(),
  };
}

const CALLS_PER_SEC = 100;

const handshakeSchema = z.object({
  token: z.string(),
  device: deviceId,
  v: z.literal(PROTOCOL_VERSION, `this server speaks version ${PROTOCOL_VERSION}`),
});
