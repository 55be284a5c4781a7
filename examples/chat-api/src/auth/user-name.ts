import { createHash } from 'node:crypto';
import type { User } from 'tabcast/contract';
import { z } from 'zod';

/** A display name: 1 to 32 characters, no control characters, white space collapsed. */
export const userName = z
  .string()
  .max(256)
  .transform((name) => name.toWellFormed().normalize('NFC').replace(/\s+/gu, ' ').trim())
  .refine((name) => !/\p{Cc}/u.test(name), 'control characters in the name')
  .refine((name) => [...name].length >= 1 && [...name].length <= 32, 'not 1 to 32 characters');

/** The user with this display name. Case and look-alike forms of letters do not make another. */
export function userOf(name: string): User {
  const normalised = name.normalize('NFKC').toLowerCase();
  const digest = createHash('sha256').update(normalised).digest('base64url');
  return { id: `u-${digest.slice(0, 16)}`, name };
}
