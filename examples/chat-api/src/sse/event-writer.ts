import { once } from 'node:events';
import type { Response } from 'express';

/** Writes an event stream to a response, never faster than it is read. */
export class EventWriter<Events extends object> {
  constructor(
    private readonly response: Response,
    private readonly signal: AbortSignal,
  ) {}

  /** Sends the headers, and how long a client is to wait before it comes back. */
  open(retryMs: number): Promise<void> {
    this.response.socket?.setNoDelay(true);
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    return this.write(`retry: ${retryMs}\n\n`);
  }

  /** `data` is written as JSON, which has no line breaks. Without an `id` the stream keeps its own. */
  event<Type extends keyof Events & string>(
    type: Type,
    data: Events[Type],
    id?: string,
  ): Promise<void> {
    const place = id === undefined ? '' : `id: ${id}\n`;
    return this.write(`event: ${type}\n${place}data: ${JSON.stringify(data)}\n\n`);
  }

  comment(text: string): Promise<void> {
    return this.write(`: ${text}\n\n`);
  }

  private async write(text: string): Promise<void> {
    if (!this.response.write(text)) await once(this.response, 'drain', { signal: this.signal });
  }
}
