// The server of one side, in a process of its own: stock socket.io, and the page that loads one client.
// The harness steers it over the IPC channel (see server-process.mjs).
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Server } from 'socket.io';
import { monotonicMs } from './clock.mjs';
import { bigBinary, bigJson, message } from './payloads.mjs';
import { slowNetwork } from './slow-network.mjs';
import { streamEvents } from './sse-source.mjs';

const { folder, recovery, rtt } = JSON.parse(process.argv[2]);
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // An isolated page has a clock of 5 µs instead of 100 µs.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const PAGES = {
  '/': '/bundle/socket.js',
  '/sse': '/bundle/sse.js',
  '/relay': '/bundle/relay.js',
  '/soak': '/bundle/soak.js',
};
const CACHED = { 'cache-control': 'max-age=3600, immutable', 'content-encoding': 'gzip' };

const http = createServer(serve);
const io = new Server(http, {
  maxHttpBufferSize: 1e8,
  ...(recovery && { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } }),
});

/** What happened, for the harness: connections by time, and the numbers that tabs sent. */
const seen = { connections: [], numbers: [] };

/** The number of the next message. */
let head = 0;

io.on('connection', (socket) => {
  seen.connections.push({ at: monotonicMs(), recovered: socket.recovered });
  socket.emit('hello');
  socket.on('ask', (_, answer) => answer('ok'));
  socket.on('head', (answer) => answer(head));
  socket.on('say', (body) => io.emit('said', body));
  socket.on('number', (n) => seen.numbers.push(n));
  socket.on('want-json', () => socket.emit('big', bigJson));
  socket.on('want-binary', () => socket.emit('big', bigBinary));
});

const commands = {
  /** Sends `count` numbered messages, `rate` a second; without a rate as fast as it goes. */
  send: ({ count, rate, from = 0 }) =>
    rate === undefined ? sendAll(from, count) : sendPaced(from, count, rate),
  connections: () => io.engine.clientsCount,
  seen: () => seen,
  forget: () => {
    seen.connections.length = 0;
    seen.numbers.length = 0;
  },
};

async function sendPaced(from, count, rate) {
  const start = monotonicMs();
  let sent = 0;
  while (sent < count) {
    const due = Math.min(count, Math.floor(((monotonicMs() - start) * rate) / 1000) + 1);
    while (sent < due) emitMessage(from + sent++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function sendAll(from, count) {
  for (let sent = 0; sent < count; sent++) {
    emitMessage(from + sent);
    // Lets what was written leave.
    if (sent % 250 === 249) await new Promise(setImmediate);
  }
}

function emitMessage(n) {
  io.emit('m', message(n));
  head = n + 1;
}

function serve(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname.startsWith('/socket.io/')) return;
  if (pathname in PAGES) {
    response.writeHead(200, PAGE_HEADERS);
    response.end(page(PAGES[pathname], searchParams.has('preload')));
    return;
  }
  if (pathname === '/clock') {
    response.writeHead(200, { 'cache-control': 'no-store' });
    response.end(String(monotonicMs()));
    return;
  }
  if (pathname === '/events') {
    void streamEvents(response, searchParams);
    return;
  }
  const file = join(folder, normalize(pathname));
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', ...CACHED });
  response.end(compressed(file));
}

/** What is served, compressed once. */
const files = new Map();

function compressed(file) {
  if (!files.has(file)) files.set(file, gzipSync(readFileSync(file)));
  return files.get(file);
}

function page(script, preloads) {
  const preload = '<link rel="preload" as="fetch" crossorigin href="/bundle/core_bg.wasm">';
  return `<!doctype html>
<title>tabcast bench</title>
<link rel="icon" href="data:,">
${preloads ? preload : ''}
<script type="module" src="${script}"></script>
`;
}

process.on('message', async ({ id, name, args }) => {
  process.send({ id, result: await commands[name](args ?? {}) });
});
process.on('disconnect', () => process.exit());

http.listen(0, '127.0.0.1', async () => {
  const { port } = http.address();
  process.send({ port, slowPort: rtt && (await slowNetwork(port, rtt)) });
});
