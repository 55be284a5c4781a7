import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Ack } from 'tabcast/contract';
import { refused, WireException, wireError } from './wire-exception.js';

/**
 * Answers a failed call with `{ ok: false }`.
 *
 * Without it NestJS would emit an `exception` event and leave the caller waiting.
 */
@Catch()
export class AckExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(AckExceptionFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    if (!(exception instanceof WireException)) this.logger.error(exception);
    const answer: unknown = host.getArgByIndex(ACK_ARGUMENT);
    if (isAck(answer)) answer(refused(wireError(exception)));
  }
}

/** A gateway handler runs with `[socket, payload, ack, event]`. */
const ACK_ARGUMENT = 2;

function isAck(value: unknown): value is (answer: Ack<never>) => void {
  return typeof value === 'function';
}
