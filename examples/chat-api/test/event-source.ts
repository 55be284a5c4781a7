import type { StreamEvents } from 'tabcast/contract';
import { onTestFinished } from 'vitest';

export interface StreamEvent {
  type: string;
  id: string;
  data: unknown;
}

/** An open event stream, read event by event. */
export interface Stream {
  readonly response: Response;
  readonly comments: string[];
  readonly retry: number[];
  next(): Promise<StreamEvent>;
  close(): void;
}

/** The next event of this type; others are passed over. */
export async function nextOf<Type extends keyof StreamEvents>(
  stream: Stream,
  type: Type,
): Promise<StreamEvent & { data: StreamEvents[Type] }> {
  for (;;) {
    const event = await stream.next();
    if (event.type === type) return event as StreamEvent & { data: StreamEvents[Type] };
  }
}

/** Opens a stream; it is closed when the test ends. */
export async function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<Stream> {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(url, { headers, signal: abort.signal });
  const comments: string[] = [];
  const retry: number[] = [];
  const events = read(response, comments, retry);
  return {
    response,
    comments,
    retry,
    next: async () => {
      const { value } = await events.next();
      if (!value) throw new Error('the stream has ended');
      return value;
    },
    close: () => abort.abort(),
  };
}

async function* read(
  response: Response,
  comments: string[],
  retry: number[],
): AsyncGenerator<StreamEvent, undefined> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      if (block.startsWith(': ')) comments.push(block.slice(2));
      if (field('retry')) retry.push(Number(field('retry')));
      const data = field('data');
      if (data === undefined) continue;
      yield { type: field('event') ?? '', id: field('id') ?? '', data: JSON.parse(data) };
    }
  }
  return undefined;
}
