/** Checked by `tsc -p tsconfig.test.json`, never run: what apps may write, and what they may not. */
import { EventSource, openEvents, type AnySSEEvent, type TabcastError } from '../../src/index.js';
import { useSSE } from '../../src/react/index.js';
import { is } from '../support/exact-type.js';

interface Price {
  readonly value: number;
}
interface Feed {
  price: Price;
  note: string;
}

export async function typed(): Promise<void> {
  const feed = openEvents<Feed>('/feed', {
    decode: { price: (raw) => JSON.parse(raw) as Price },
  });

  const off = feed.on('price', ({ event, id, data }) => {
    is<'price'>()(event);
    is<string>()(id);
    is<Price>()(data);
  });
  is<() => void>()(off);
  // @ts-expect-error no such event
  feed.on('cost', () => undefined);
  // @ts-expect-error the data of a price is no text
  feed.on('price', ({ data }: { data: string }) => data);

  feed.onEvent((event) => told(event));
  for await (const event of feed) told(event);

  feed.onFailure(({ error, retryInMs, status }) => {
    is<TabcastError>()(error);
    is<number | undefined>()(retryInMs);
    is<number | undefined>()(status);
  });
  feed.onState((state) => {
    if (state.status === 'waiting') is<number>()(state.retryAt);
    // @ts-expect-error only a stream that waits knows until when
    else is<number>()(state.retryAt);
  });

  // @ts-expect-error what is decoded is not what was promised
  openEvents<Feed>('/feed', { decode: { price: (raw) => raw } });
  // @ts-expect-error a body that can be sent once only
  openEvents<Feed>('/feed', { body: new ReadableStream() });
}

function told(event: AnySSEEvent<Feed>): void {
  if (event.event === 'price') is<Price>()(event.data);
  else is<string>()(event.data);
}

export function untyped(): void {
  openEvents('/feed').on('whatever', ({ data }) => is<string>()(data));
}

export function dropIn(): void {
  const source: globalThis.EventSource = new EventSource('/feed', { withCredentials: true });
  source.onmessage = ({ data }) => is<unknown>()(data as unknown);
  new EventSource('/feed').addEventListener('price', ({ lastEventId }) =>
    is<string>()(lastEventId),
  );
  // @ts-expect-error the class decodes nothing
  new EventSource('/feed', { decode: JSON.parse });
}

export function Hook(): void {
  const { state, last, error } = useSSE<Feed, { readonly sum: number }>('/feed', {
    initial: { sum: 0 },
    reduce: (before, event) =>
      event.event === 'price' ? { sum: before.sum + event.data.value } : before,
    on: { price: ({ data }) => is<Price>()(data) },
  });
  is<{ readonly sum: number }>()(state);
  is<AnySSEEvent<Feed> | null>()(last);
  is<TabcastError | null>()(error);

  // @ts-expect-error no such event
  useSSE<Feed>('/feed', { on: { cost: () => undefined } });
  // @ts-expect-error another state than it began with
  useSSE<Feed, number>('/feed', { initial: 0, reduce: () => 'no' });
}
