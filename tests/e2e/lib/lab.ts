import { createReadStream, existsSync, statSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, type ServerOptions } from 'socket.io';

const PACKAGE = fileURLToPath(new URL('../../../js', import.meta.url));
const PAGES = fileURLToPath(new URL('../pages', import.meta.url));
const REFERENCE = fileURLToPath(
  new URL('dist/socket.io.esm.min.js', import.meta.resolve('socket.io-client/package.json')),
);
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html; charset=utf-8',
};

/** A stock socket.io server of the test's own, and a page that has nothing but tabcast. */
export class Lab {
  readonly io: Server;
  readonly #http = createServer((request, response) => this.#serve(request, response));
  /** Response headers of the page, such as a content security policy. */
  pageHeaders: Record<string, string> = {};
  /** Paths that are answered with 404. */
  readonly missing = new Set<string>();
  /** Paths that are answered with something else: these bytes, or under this content type. */
  readonly replaced = new Map<string, { type?: string; bytes?: Buffer }>();
  /** Paths that the test answers itself. */
  readonly routes = new Map<string, RequestListener>();

  private constructor(options: Partial<ServerOptions>) {
    this.io = new Server(this.#http, options);
  }

  static async start(
    options: Partial<ServerOptions> = {},
    host = '127.0.0.1',
    port = 0,
  ): Promise<Lab> {
    const lab = new Lab(options);
    await new Promise<void>((resolve) => lab.#http.listen(port, host, resolve));
    return lab;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Open Engine.IO sessions: what a device costs the server. */
  get connections(): number {
    return this.io.engine.clientsCount;
  }

  async stop(): Promise<void> {
    const closed = this.io.close();
    // WebKit opens connections ahead and says nothing on them; to wait for their end takes minutes.
    setImmediate(() => this.#http.closeAllConnections());
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', this.url).pathname;
    if (path.startsWith('/socket.io/')) return;
    const route = this.routes.get(path);
    if (route) {
      route(request, response);
      return;
    }
    if (path === '/') {
      response.writeHead(200, { 'content-type': TYPES['.html'], ...this.pageHeaders });
      response.end(PAGE);
      return;
    }
    const own = OWN_FILES[path];
    if (own !== undefined) {
      response.writeHead(200, { 'content-type': TYPES[extname(path) || '.html'], ...FOR_ALL });
      response.end(own);
      return;
    }
    const file = fileOf(normalize(path));
    if (this.missing.has(path) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const { type = TYPES[extname(file)] ?? 'text/plain', bytes } = this.replaced.get(path) ?? {};
    response.writeHead(200, { 'content-type': type, ...FOR_ALL });
    if (bytes) response.end(bytes);
    else createReadStream(file).pipe(response);
  }
}

function fileOf(path: string): string {
  if (path === '/reference.js') return REFERENCE;
  const [, page] = /^\/pages(\/.*)$/.exec(path) ?? [];
  return page === undefined ? join(PACKAGE, path) : join(PAGES, page);
}

const PAGE = `<!doctype html>
<title>tabcast lab</title>
<link rel="icon" href="data:,">
<script type="module" src="/page.js"></script>
<h1>tabcast lab</h1>
`;

/** A page in an opaque origin is a stranger to its own server. */
const FOR_ALL = { 'access-control-allow-origin': '*' };

const OWN_FILES: Record<string, string | undefined> = {
  // Not inline, so that the page can have a strict policy.
  '/page.js': `import * as tabcast from '/dist/index.js';
window.tabcast = tabcast;
`,
  // The page once more, in an origin that is nobody's.
  '/sandbox': `<!doctype html>
<title>tabcast lab, in a sandbox</title>
<link rel="icon" href="data:,">
<iframe sandbox="allow-scripts" src="/"></iframe>
`,
};
