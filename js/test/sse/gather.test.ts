import { describe, expect, it } from 'vitest';

import { gathering } from '../../src/sse/gather.js';

const URL = 'https://example.org/feed';

interface Reader {
  read(): Promise<ReadableStreamReadResult<Uint8Array | Uint8Array[]>>;
}

/** A reader of what the core gets to see of `response`. */
async function readerOf(response: Response, signal = new AbortController().signal) {
  const send = gathering(() => Promise.resolve(response));
  const { body } = await send(new Request(URL, { signal }));
  return body!.getReader() as Reader;
}

const lengths = (value: Uint8Array | Uint8Array[] | undefined) =>
  [value ?? []].flat().map(({ length }) => length);

/** A body whose chunks are given one by one. */
function manual() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (cancelled = true),
  });
  const give = (...bytes: number[]) => controller.enqueue(Uint8Array.from(bytes));
  return { response: new Response(body), controller, give, isCancelled: () => cancelled };
}

describe('gathering', () => {
  it('keeps status and headers, and a body that is missing', async () => {
    const send = gathering(() =>
      Promise.resolve(new Response(null, { status: 204, headers: { 'x-a': '1' } })),
    );

    const { status, headers, body } = await send(new Request(URL));

    expect([status, headers.get('x-a'), body]).toEqual([204, '1', null]);
  });

  it('reads the chunks that wait as one, and a lone one as it is', async () => {
    const { response, give } = manual();
    const reader = await readerOf(response);
    give(1);
    give(2, 3);
    give(...Array(100).keys());

    const together = await reader.read();
    const next = reader.read();
    give(4);

    expect(together.value).toEqual(Uint8Array.from([1, 2, 3, ...Array(100).keys()]));
    expect((await next).value).toEqual(Uint8Array.of(4));
  });

  it('reads chunks as one that are made when they are asked for', async () => {
    let made = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          made += 1;
          if (made <= 5) controller.enqueue(Uint8Array.of(made));
        },
      },
      { highWaterMark: 0 },
    );
    const reader = await readerOf(new Response(body));

    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  });

  it('gives large chunks as they are, between the small ones', async () => {
    const { response, controller, give } = manual();
    const reader = await readerOf(response);
    const large = [new Uint8Array(5000).fill(7), new Uint8Array(6000).fill(8)];
    give(1);
    give(2, 3);
    for (const chunk of large) controller.enqueue(chunk);
    give(4);

    const { value } = await reader.read();
    const small = reader.read();
    give(5, 6);
    const lone = (await small).value;
    const next = reader.read();
    controller.enqueue(new Uint8Array(7000));

    expect(value).toEqual([Uint8Array.of(1, 2, 3), ...large, Uint8Array.of(4)]);
    expect(lone).toEqual(Uint8Array.of(5, 6));
    expect(lengths((await next).value)).toEqual([7000]);
  });

  it('does not read on without end before anything is taken', async () => {
    let made = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        made += 1;
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    const reader = await readerOf(new Response(body));

    const { value } = await reader.read();
    await new Promise((resolve) => setTimeout(resolve));

    expect(lengths(value)).toEqual(Array(8).fill(16_384));
    expect(made).toBeLessThan(16);
  });

  it('gives the end and a failure behind the chunks before them', async () => {
    const ended = manual();
    const failed = manual();
    const ofEnded = await readerOf(ended.response);
    const ofFailed = await readerOf(failed.response);
    const fault = new TypeError('cut');

    ended.give(1);
    ended.controller.close();
    const chunks = [await ofEnded.read()];
    failed.give(2);
    chunks.push(await ofFailed.read());
    failed.controller.error(fault);

    expect(chunks.map(({ value }) => value)).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect((await ofEnded.read()).done).toBe(true);
    await expect(ofFailed.read()).rejects.toBe(fault);
  });

  it('cancels a body that knows nothing of the signal when the request is aborted', async () => {
    const { response, isCancelled } = manual();
    const aborter = new AbortController();
    await readerOf(response, aborter.signal);

    aborter.abort();

    await expect.poll(isCancelled).toBe(true);
  });
});
