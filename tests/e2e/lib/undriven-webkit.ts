import { spawn, type ChildProcess } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lab } from './lab.js';
import type { Tab } from './tab.js';
import { until } from './until.js';
import { endGroup, miniBrowser, WEBKIT_ENVIRONMENT } from './webdriver.js';

interface Command {
  readonly id: number;
  readonly body: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** One tab, whose page asks the server of a {@link Lab} for what it shall do. */
export type UndrivenTab = Pick<Tab, 'run'>;

/**
 * WebKit without its driver, which ends the session when the process of a page does.
 *
 * All tabs are there from the beginning; the first can be seen.
 */
export class UndrivenWebKit {
  readonly tabs: readonly UndrivenTab[];
  readonly #lines: readonly Line[];
  readonly #browser: ChildProcess;

  private constructor(lab: Lab, count: number) {
    this.#lines = Array.from({ length: count }, () => new Line());
    this.tabs = this.#lines.map((line) => ({
      run: <T>(body: string, ...args: unknown[]) => line.run(body, args) as Promise<T>,
    }));
    const lineOf = (request: IncomingMessage): Line | undefined =>
      this.#lines[Number(new URL(request.url!, lab.url).searchParams.get('tab'))];
    lab.routes.set('/undriven', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    });
    lab.routes.set('/undriven/next', (request, response) => {
      lineOf(request)?.ask(response);
    });
    lab.routes.set('/undriven/answer', (request, response) => {
      void textOf(request).then((text) => {
        lineOf(request)?.answer(JSON.parse(text) as Answer);
        response.end();
      });
    });
    const urls = this.#lines.map((_, tab) => `${lab.url}/undriven?tab=${tab}`);
    this.#browser = spawn('xvfb-run', ['-a', miniBrowser(), '--private', ...urls], {
      stdio: 'ignore',
      detached: true,
      env: WEBKIT_ENVIRONMENT,
    });
  }

  /** Opens `count` tabs, and waits until all of their pages are there. */
  static async open(lab: Lab, count: number): Promise<UndrivenWebKit> {
    const webkit = new UndrivenWebKit(lab, count);
    try {
      await until('pages of WebKit', () => webkit.#lines.every((line) => line.isThere));
    } catch (error) {
      webkit.close();
      throw error;
    }
    return webkit;
  }

  close(): void {
    endGroup(this.#browser);
  }
}

/** What one page is asked, over a request of its own that waits. */
class Line {
  #asked = 0;
  #waiting: ServerResponse | undefined;
  readonly #queue: Command[] = [];
  readonly #awaited = new Map<number, (answer: Answer) => void>();

  get isThere(): boolean {
    return this.#waiting !== undefined;
  }

  async run(body: string, args: readonly unknown[]): Promise<unknown> {
    const id = (this.#asked += 1);
    const answer = new Promise<Answer>((resolve) => this.#awaited.set(id, resolve));
    this.#queue.push({ id, body, args });
    this.#serve();
    const { value, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return value;
  }

  ask(response: ServerResponse): void {
    this.#waiting = response;
    this.#serve();
  }

  answer(answer: Answer): void {
    this.#awaited.get(answer.id)?.(answer);
    this.#awaited.delete(answer.id);
  }

  #serve(): void {
    if (!this.#waiting || this.#queue.length === 0) return;
    this.#waiting.end(JSON.stringify(this.#queue.shift()));
    this.#waiting = undefined;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const PAGE = `<!doctype html>
<title>tabcast lab, undriven</title>
<link rel="icon" href="data:,">
<script type="module">
import * as tabcast from '/dist/index.js';
window.tabcast = tabcast;
const AsyncFunction = (async () => {}).constructor;
const run = async ({ id, body, args }) => {
  const answer = await new AsyncFunction('args', body)(args).then(
    (value) => ({ id, value }),
    (error) => ({ id, error: String(error) }),
  );
  await fetch('/undriven/answer' + location.search, { method: 'POST', body: JSON.stringify(answer) });
};
for (;;) run(await (await fetch('/undriven/next' + location.search)).json());
</script>
`;
