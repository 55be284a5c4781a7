/** Maps event names to the signature of their listeners. */
export interface EventsMap {
  [event: string]: any;
}

/** Used where nothing is known about the events. */
export interface DefaultEventsMap {
  [event: string]: (...args: any[]) => void;
}

/** Names of the events of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** Arguments of an event of a map. */
export type EventParams<Map extends EventsMap, Event extends EventNames<Map>> = Parameters<
  Map[Event]
>;

/** What may be listened to: the app's own events, and those of the library. */
export type ListenableNames<Listen extends EventsMap, Reserved extends EventsMap> =
  EventNames<Listen> | EventNames<Reserved>;

/** Signature of a listener; the library's events come first. */
export type ListenerOf<
  Listen extends EventsMap,
  Reserved extends EventsMap,
  Event extends ListenableNames<Listen, Reserved>,
> = OrUntyped<
  Event extends EventNames<Reserved>
    ? Reserved[Event]
    : Event extends EventNames<Listen>
      ? Listen[Event]
      : never
>;

type OrUntyped<Listener> = [Listener] extends [never]
  ? (...args: any[]) => void | Promise<void>
  : Listener;

/** The map as it looks behind `timeout()`: callbacks get an error first. */
export type DecorateAcknowledgements<Map> = {
  [Event in keyof Map]: Map[Event] extends (...args: infer Args) => infer Result
    ? (...args: WithErrorFirst<Args>) => Result
    : Map[Event];
};

type WithErrorFirst<Args extends any[]> = {
  [Index in keyof Args]: Args[Index] extends (...args: infer Params) => infer Result
    ? (err: Error, ...args: Params) => Result
    : Args[Index];
};

/** Arguments of an event without its acknowledgement callback. */
export type AllButLast<Args extends any[]> = Args extends [...infer Head, infer _] ? Head : any[];

/** What a promise of an acknowledgement resolves to: the first argument that is not the error. */
export type AckValue<Args extends any[]> = Args extends [...infer _, infer Callback]
  ? Callback extends (...args: infer Params) => unknown
    ? FirstValue<Params>
    : any
  : any;

type FirstValue<Params extends any[]> = Params extends [infer First, ...infer Rest]
  ? IsError<First> extends true
    ? Rest extends [infer Second, ...infer _]
      ? Second
      : any
    : First
  : any;

/** `any` is not an error, although it extends one. */
type IsError<T> = 0 extends 1 & T ? false : [T] extends [Error] ? true : false;
