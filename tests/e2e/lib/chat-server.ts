import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../../examples/chat-api/dist/main.js', import.meta.url));

/** The reference server in a process of its own. */
export class ChatServer {
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly port: number,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<ChatServer> {
    const server = new ChatServer(await freePort(), env);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the server again after {@link stop}; what was stored in memory is gone. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...this.env, PORT: `${this.port}`, HOST: '127.0.0.1' },
    });
    const note = (chunk: Buffer): void => void (this.#output += chunk.toString());
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    this.#process = child;
    await until(
      'chat-api',
      async () => child.exitCode !== null || (await fetch(`${this.url}/health`)).ok,
      60_000,
    );
    if (child.exitCode !== null) throw new Error(`chat-api ended: ${this.#output}`);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Open Socket.IO connections, as the server counts them. */
  async connections(): Promise<number> {
    const health = (await (await fetch(`${this.url}/health`)).json()) as { connections: number };
    return health.connections;
  }

  /** Open event streams, as the server counts them. */
  async streams(): Promise<number> {
    const stats = (await (await fetch(`${this.url}/api/stats`)).json()) as { streams: number };
    return stats.streams;
  }

  async login(name: string): Promise<{ token: string; user: { id: string; name: string } }> {
    const response = await fetch(`${this.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    return (await response.json()) as { token: string; user: { id: string; name: string } };
  }
}
