import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { User } from 'tabcast/contract';
import { WireException } from '../common/wire-exception.js';
import { TokenService } from './token.service.js';

export interface AuthenticatedRequest extends Request {
  user: User;
}

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
    request.user = await this.tokens.verify(token);
    return true;
  }

  protected tokenOf(request: Request): string | undefined {
    return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  }
}

/** Also takes `?access_token=`, because a browser's `EventSource` cannot send headers. */
@Injectable()
export class StreamAuthGuard extends AuthGuard {
  protected override tokenOf(request: Request): string | undefined {
    const parameter = request.query['access_token'];
    return super.tokenOf(request) ?? (typeof parameter === 'string' ? parameter : undefined);
  }
}
