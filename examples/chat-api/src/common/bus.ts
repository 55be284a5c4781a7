import type { PresenceDiff, RoomId, Seq, TypingEvent, UserId } from 'tabcast/contract';
import { filter, map, type Observable, Subject } from 'rxjs';

/** What the parts of the server tell each other, on all nodes. May be lost when a node is cut off. */
export interface BusEvents {
  /** A room has grown up to `seq`. */
  op: { roomId: RoomId; seq: Seq };
  /** The presence of a user changed. */
  presence: { user: UserId; diff: PresenceDiff };
  /** A device started or stopped to type. */
  typing: TypingEvent & { connection: string };
  /** A stream opened under this name; an older one is done. */
  link: { name: string; id: string };
}

export abstract class Bus {
  private readonly events = new Subject<BusMessage>();

  on<Topic extends keyof BusEvents>(topic: Topic): Observable<BusEvents[Topic]> {
    return this.events.pipe(
      filter((message) => message.topic === topic),
      map((message) => message.event as BusEvents[Topic]),
    );
  }

  /** Tells this node at once, and the others soon. */
  publish<Topic extends keyof BusEvents>(topic: Topic, event: BusEvents[Topic]): void {
    const message: BusMessage = { topic, event };
    this.receive(message);
    this.forward(message);
  }

  protected receive(message: BusMessage): void {
    this.events.next(message);
  }

  protected abstract forward(message: BusMessage): void;
}

export interface BusMessage {
  topic: keyof BusEvents;
  event: BusEvents[keyof BusEvents];
}

/** The bus of a server that is the only one. */
export class LocalBus extends Bus {
  protected override forward(): void {}
}
