import { TabcastError } from '../errors.js';

/** The parts of `window.location` that relative addresses need. */
export interface PageLocation {
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
}

/** An address taken apart. Parts that are not there are empty. */
export interface ServerUrl {
  /** The address, up to where it makes no sense any more. */
  readonly source: string;
  /** `http`, `https`, `ws` or `wss`. */
  readonly protocol: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

/** What `io()` knows from an address. */
export interface NamespaceUrl {
  /** The complete address, for the Manager. */
  readonly source: string;
  /** The namespace. */
  readonly path: string;
  /** Addresses with the same id share a Manager. */
  readonly id: string;
}

const MAX_LENGTH = 8000;
const PARTS =
  /^(?:(?![^:@/?#]+:[^:@/]*@)(https?|wss?):\/\/)?(?:[^:@/?#]*(?::[^:@/?#]*)?@)?(\[[^\]]*\]|(?:[a-f0-9]{0,4}:){2,7}[a-f0-9]{0,4}|[^:/?#]*)(?::(\d*))?(\/[^?#]*|[^/?#]*)(?:\?([^#]*))?(?:#.*)?/;

/**
 * Takes an address apart.
 *
 * Not the browser's `URL`: that one escapes and normalizes, and the path is the namespace, which the
 * server compares letter by letter.
 */
export function parseUrl(uri: string): ServerUrl {
  if (uri.length > MAX_LENGTH) throw new TabcastError('invalid', 'URI too long');
  const [source = '', protocol = '', host = '', port = '', path = '', query = ''] =
    PARTS.exec(uri) ?? [];
  return { source, protocol, host: host.replace(/^\[(.*)\]$/, '$1'), port, path, query };
}

/**
 * Reads the first argument of `io()`.
 *
 * @param uri complete, or relative to the page: `//host`, `/namespace`, nothing
 * @param path of the HTTP endpoint; part of the id
 * @throws {@link TabcastError} `invalid` if it is relative and there is no page
 */
export function resolveNamespace(
  uri: string | undefined,
  path: string,
  location: PageLocation | undefined = pageLocation(),
): NamespaceUrl {
  const parsed = parseUrl(absolute(uri, location));
  const port = parsed.port || (/^(http|ws)$/.test(parsed.protocol) ? '80' : '443');
  const host = bracketed(parsed.host);
  return {
    source: parsed.source,
    path: parsed.path || '/',
    id: `${parsed.protocol}://${host}:${port}${path}`,
  };
}

/** An IPv6 address needs brackets in front of a port. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `window.location`, or `undefined` where there is no page. */
export function pageLocation(): PageLocation | undefined {
  return typeof location === 'undefined' ? undefined : location;
}

function absolute(uri: string | undefined, location: PageLocation | undefined): string {
  if (uri !== undefined && /^(https?|wss?):\/\//.test(uri)) return uri;
  if (uri !== undefined && !uri.startsWith('/')) {
    return `${location?.protocol ?? 'https:'}//${uri}`;
  }
  if (uri?.startsWith('//')) return `${location?.protocol ?? 'https:'}${uri}`;
  if (!location) {
    throw new TabcastError('invalid', 'unable to find the server; outside a page a URL is needed');
  }
  return `${location.protocol}//${location.host}${uri ?? ''}`;
}
