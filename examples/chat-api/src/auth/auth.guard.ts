import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { WireException } from '../common/wire-exception.js';
import { TokenService, type VerifiedToken } from './token.service.js';

export type AuthenticatedRequest = Request & VerifiedToken;

/** Lets requests with a valid token pass: `Authorization: Bearer <token>`. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly tokens: TokenService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = this.tokenOf(request);
    if (token === undefined) {
      throw new WireException('unauthorized', 'unable to answer; no token was sent');
    }
    Object.assign(request, await this.tokens.verify(token));
    return true;
  }

  protected tokenOf(request: Request): string | undefined {
    return bearerOf(request.headers.authorization);
  }
}

/** The token of an `Authorization` header. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
}

/** Also takes `?access_token=`, because a browser's `EventSource` cannot send headers. */
@Injectable()
export class StreamAuthGuard extends AuthGuard {
  protected override tokenOf(request: Request): string | undefined {
    const parameter = request.query['access_token'];
    return super.tokenOf(request) ?? (typeof parameter === 'string' ? parameter : undefined);
  }
}
