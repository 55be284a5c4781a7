import { PROTOCOL_VERSION, type ServerLimits } from 'tabcast/contract';
import { z } from 'zod';
import { type Connection, connectionOf } from '../common/connection.js';
import type { RtSocket } from '../common/realtime.js';
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
  return connectionOf(await tokens.verify(parsed.data.token), parsed.data.device, limits);
}

const handshakeSchema = z.object({
  token: z.string(),
  device: deviceId,
  v: z.literal(PROTOCOL_VERSION, `this server speaks version ${PROTOCOL_VERSION}`),
});
