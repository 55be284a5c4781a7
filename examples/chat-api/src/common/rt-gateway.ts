import { applyDecorators, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { RT_NAMESPACE } from 'tabcast/contract';
import { AckExceptionFilter } from './ack-exception.filter.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { wireValidation } from './validation.js';

/** A gateway of the chat's namespace: limited, validated, and always answering. */
export const RtGateway = (): ClassDecorator =>
  applyDecorators(
    WebSocketGateway({ namespace: RT_NAMESPACE }),
    UseFilters(AckExceptionFilter),
    UseGuards(RateLimitGuard),
    UsePipes(wireValidation()),
  );
