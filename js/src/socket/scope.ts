/** Changes whenever tabs of two versions of this package could not understand each other. */
const WIRE_MAJOR = 4;

/** Query parameters that may differ between tabs of the same user. */
const CREDENTIAL =
  /(token|jwt|secret|password|signature|ticket|api_?key)$|^(auth|authorization|session|sid|sig|key|t)$/i;

/**
 * Names the lock and the channel of a shared connection.
 *
 * Tabs share if all parts are equal: the app, the wire version, the server and the user. JSON keeps
 * the parts apart, whatever characters they contain.
 */
export function scopeName(app: string, url: string, scope: string): string {
  return `tabcast${JSON.stringify([WIRE_MAJOR, app, withoutCredentials(url), scope])}`;
}

/** A renewed token must not part the tabs of a user, and a lock's name is no place for secrets. */
function withoutCredentials(url: string): string {
  const [address = '', query = ''] = url.split('?', 2);
  const parameters = query.split('&').filter((parameter) => {
    const [name = ''] = parameter.split('=', 1);
    return !CREDENTIAL.test(decoded(name));
  });
  return `${address}?${parameters.sort().join('&')}`;
}

/** Names are decoded as far as they can be: what an app puts into an address is not always valid. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
