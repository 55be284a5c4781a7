import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import type { Response } from 'express';
import type { ErrorCode, HttpFailure, WireError } from 'tabcast/contract';
import { WireException, wireError } from './wire-exception.js';

/** Answers a failed HTTP request with the same error objects as the socket. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.describe(exception);
    if (error.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', Math.ceil(error.retryAfterMs / 1000));
    }
    response.status(STATUS[error.code]).json({ error } satisfies HttpFailure);
  }

  private describe(exception: unknown): WireError {
    if (exception instanceof HttpException) {
      const code = codeOf(exception.getStatus());
      return new WireException(code, `unable to answer; ${exception.message}`).wire;
    }
    if (!(exception instanceof WireException)) this.logger.error(exception);
    return wireError(exception);
  }
}

const STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  unauthorized: 401,
  token_expired: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gap_too_large: 410,
  too_large: 413,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

/** The code of an error that NestJS or Express made. */
function codeOf(status: number): ErrorCode {
  const codes = Object.keys(STATUS) as ErrorCode[];
  const exact = codes.find((code) => STATUS[code] === status);
  return exact ?? (status < 500 ? 'invalid' : 'internal');
}
