import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { EpochMs, User } from 'tabcast/contract';
import { z } from 'zod';
import { WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { userId } from '../common/validation.js';

export interface VerifiedToken {
  user: User;
  expiresAt: EpochMs;
}

/** Makes and checks the tokens that stand for a login. */
@Injectable()
export class TokenService {
  private readonly key: Uint8Array;

  constructor(private readonly config: Config) {
    this.key = createHash('sha256').update(config.jwtSecret).digest();
  }

  async issue(user: User): Promise<{ token: string; expiresAt: EpochMs }> {
    const expiresAt = Date.now() + this.config.tokenTtlMs;
    const token = await new SignJWT({ name: user.name })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(user.id)
      .setExpirationTime(new Date(expiresAt))
      .sign(this.key);
    return { token, expiresAt };
  }

  /** Throws `token_expired` or `unauthorized`. */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      const { payload } = await jwtVerify(token, this.key, { algorithms: [ALGORITHM] });
      const { sub, name, exp } = claims.parse(payload);
      return { user: { id: sub, name }, expiresAt: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new WireException('token_expired', 'unable to log in; the token has expired');
      }
      throw new WireException('unauthorized', 'unable to log in; the token is not valid');
    }
  }
}

const ALGORITHM = 'HS256';

const claims = z.object({ sub: userId, name: z.string(), exp: z.number() });
