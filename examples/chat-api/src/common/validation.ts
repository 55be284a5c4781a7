import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { Json } from 'tabcast/contract';
import { z } from 'zod';
import { WireException } from './wire-exception.js';

/** Checks what carries a `schema`, as in `@MessageBody({ schema })`, and refuses with `invalid`. */
export function wireValidation(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: unreadable });
}

/** The payload as `schema` reads it; throws `invalid`. */
export function read<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw unreadable(parsed.error.issues);
  return parsed.data;
}

function unreadable([issue]: readonly Issue[]): WireException {
  const path = issue?.path?.map((segment) =>
    String(typeof segment === 'object' ? segment.key : segment),
  );
  const where = path?.length ? `${path.join('.')}: ` : '';
  return new WireException('invalid', `unable to read the payload; ${where}${issue?.message}`);
}

/** What zod and the pipe of NestJS tell of a fault. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export const roomId = z.string().regex(/^[\w-]{1,64}$/, 'not a room id');
export const userId = z.string().regex(/^[\w-]{1,64}$/, 'not a user id');
export const deviceId = z.string().regex(/^[\w-]{1,64}$/, 'not a device id');
export const messageId = z.string().min(1).max(64);
/** Printable ASCII, because it goes into an index as it is. */
export const clientMsgId = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'not a client message id');
export const position = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const count = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** JSON of the app's own, at most 2048 bytes. */
export const smallJson = z.unknown().transform((value, context): Json => {
  const text = stringify(value);
  if (text === undefined || Buffer.byteLength(text) > 2048) {
    context.addIssue({ code: 'custom', message: 'not JSON of at most 2048 bytes' });
    return z.NEVER;
  }
  return JSON.parse(text) as Json;
});

/** `undefined` for what is not JSON, or is nested too deeply to be written. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
