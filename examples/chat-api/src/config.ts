import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS, type ServerLimits } from 'tabcast/contract';
import { z } from 'zod';
import { StartupError } from './common/startup-error.js';

/** The settings of one server. An abstract class, so that it can be injected by its type. */
export abstract class Config {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly jwtSecret: string;
  abstract readonly tokenTtlMs: number;
  /** How long before its token ends a connection is told. */
  abstract readonly authWarningMs: number;
  /** Logins that one address may make per minute. */
  abstract readonly loginsPerMin: number;
  /** Origins that may call; `null` for those on localhost. */
  abstract readonly corsOrigins: readonly string[] | null;
  abstract readonly databaseUrl: string | null;
  /** Folder of the embedded database; `null` for memory. */
  abstract readonly dataDir: string | null;
  abstract readonly redisUrl: string | null;
  /** Folder of the built app; `null` if there is none to serve. */
  abstract readonly staticDir: string | null;
  abstract readonly limits: ServerLimits;
  /** How long a device whose connection broke still counts as present. */
  abstract readonly presenceGraceMs: number;
  abstract readonly pingIntervalMs: number;
  abstract readonly pingTimeoutMs: number;
  /** Largest Socket.IO packet; a connection that sends a larger one is closed. */
  abstract readonly maxPacketBytes: number;
  abstract readonly sseHeartbeatMs: number;
}

const BUILT_APP = fileURLToPath(new URL('../../chat-app/dist', import.meta.url));

/** Reads the settings from environment variables; throws a {@link StartupError} that names a bad one. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = envSchema.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
  );
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StartupError(`unable to start; ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const vars = parsed.data;
  if (vars.REDIS_URL) requireShared(vars);
  return {
    port: vars.PORT,
    host: vars.HOST,
    jwtSecret: vars.JWT_SECRET ?? randomBytes(32).toString('base64url'),
    tokenTtlMs: vars.TOKEN_TTL_SEC * 1000,
    authWarningMs: vars.AUTH_WARNING_MS,
    loginsPerMin: vars.LOGINS_PER_MIN,
    corsOrigins: vars.CORS_ORIGIN?.split(',').map((origin) => origin.trim()) ?? null,
    databaseUrl: vars.DATABASE_URL ?? null,
    dataDir: vars.DATA_DIR ?? null,
    redisUrl: vars.REDIS_URL ?? null,
    staticDir: vars.STATIC_DIR ?? (existsSync(BUILT_APP) ? BUILT_APP : null),
    limits: { ...DEFAULT_LIMITS, sendPerSec: vars.SEND_PER_SEC },
    presenceGraceMs: vars.PRESENCE_GRACE_MS,
    pingIntervalMs: vars.PING_INTERVAL_MS,
    pingTimeoutMs: vars.PING_TIMEOUT_MS,
    maxPacketBytes: vars.MAX_PACKET_BYTES,
    sseHeartbeatMs: vars.SSE_HEARTBEAT_MS,
  };
}

const milliseconds = z.coerce.number().int().min(1).max(3_600_000);

const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  JWT_SECRET: z.string().min(16).optional(),
  TOKEN_TTL_SEC: z.coerce
    .number()
    .int()
    .min(1)
    .default(12 * 3600),
  AUTH_WARNING_MS: milliseconds.default(60_000),
  LOGINS_PER_MIN: z.coerce.number().int().min(1).default(120),
  CORS_ORIGIN: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  DATA_DIR: z.string().optional(),
  REDIS_URL: z.string().optional(),
  STATIC_DIR: z.string().optional(),
  SEND_PER_SEC: z.coerce.number().int().min(1).default(DEFAULT_LIMITS.sendPerSec),
  PRESENCE_GRACE_MS: milliseconds.default(10_000),
  // Half of Socket.IO's defaults: 45 s until a dead connection is noticed is too slow for presence.
  PING_INTERVAL_MS: milliseconds.default(15_000),
  PING_TIMEOUT_MS: milliseconds.default(10_000),
  MAX_PACKET_BYTES: z.coerce.number().int().min(1024).default(131_072),
  SSE_HEARTBEAT_MS: milliseconds.default(15_000),
});

/** Nodes behind one Redis must agree on messages and tokens. */
function requireShared(vars: { DATABASE_URL?: string; JWT_SECRET?: string }): void {
  if (!vars.DATABASE_URL) {
    throw new StartupError(
      'unable to start; REDIS_URL needs DATABASE_URL, because nodes must share one database',
    );
  }
  if (!vars.JWT_SECRET) {
    throw new StartupError(
      'unable to start; REDIS_URL needs JWT_SECRET, because nodes must accept the same tokens',
    );
  }
}
