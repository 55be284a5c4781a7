import type {
  CoreStream,
  EventSink,
  StreamConfig,
  StreamCore,
  WireNotice,
} from '../../src/sse/wire.js';

/** A stream in a core that does only what the test says. */
export class FakeStream implements CoreStream {
  /** What was asked of it, in order. */
  readonly calls: unknown[][] = [];

  constructor(
    readonly config: StreamConfig,
    readonly body: BodyInit | undefined,
    private readonly sink: EventSink,
  ) {}

  open(lastEventId: string): void {
    this.calls.push(['open', lastEventId]);
  }
  headers(attempt: number, headers: readonly (readonly [string, string])[]): void {
    this.calls.push(['headers', attempt, headers]);
  }
  headersFailed(attempt: number): void {
    this.calls.push(['headersFailed', attempt]);
  }
  decide(retryInMs?: number): void {
    this.calls.push(['decide', retryInMs]);
  }
  reconnect(): void {
    this.calls.push(['reconnect']);
  }
  close(): void {
    this.calls.push(['close']);
    this.sink.notice({ kind: 'closed', reason: 'client' });
  }
  free(): void {
    this.calls.push(['free']);
  }

  notice(notice: WireNotice): void {
    this.sink.notice(notice);
  }

  /** Gives out one chunk of events, given as `[event, id, data]`. */
  events(...events: readonly (readonly [event: string, id: string, data: string])[]): void {
    let at = 0;
    const marks = events.flat().flatMap(({ length }) => [at, ((at += length), length)]);
    this.sink.events(events.flat().join(''), Uint32Array.from(marks), undefined);
  }
}

/** A core, and the streams that were made in it. */
export class FakeCore implements StreamCore {
  readonly streams: FakeStream[] = [];
  readonly EventStream: StreamCore['EventStream'];

  constructor() {
    const { streams } = this;
    this.EventStream = class extends FakeStream {
      constructor(config: StreamConfig, body: BodyInit | undefined, sink: EventSink) {
        super(config, body, sink);
        streams.push(this);
      }
    };
  }

  /** The newest stream. */
  get stream(): FakeStream {
    const stream = this.streams.at(-1);
    if (!stream) throw new Error('no stream was made');
    return stream;
  }
}
