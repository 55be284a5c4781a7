import type { Config } from '../config.js';

/** What the option `origin` of the `cors` package takes. */
export type CorsOrigin = string[] | RegExp;

/** The origins that may call: those of the settings, else every one on this machine. */
export function corsOrigin({ corsOrigins }: Config): CorsOrigin {
  return corsOrigins ? [...corsOrigins] : /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
}
