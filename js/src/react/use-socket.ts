'use client';

import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { DefaultEventsMap, EventsMap } from '../socket/events.js';
import type { IoOptions } from '../socket/io.js';
import type { Socket } from '../socket/socket.js';
import { IDLE, type SocketSnapshot } from './internal/shared-socket.js';
import { SocketHandle, type TypedSocket } from './internal/socket-handle.js';
import { useEventRef } from './internal/use-event-ref.js';
import { isTarget, NO_SOCKET, useSource } from './internal/use-source.js';

export interface UseSocketOptions<Listen> {
  /** Of the provider's client; default `/`. An address carries its own. */
  readonly namespace?: string;
  /** `false`: does not connect. Default `true`. */
  readonly enabled?: boolean;
  /** Listeners; the newest of each event is called. */
  readonly on?: { readonly [Event in keyof Listen]?: Listen[Event] };
}

/** What {@link useSocket} gives: how the Socket is doing, and functions that stay the same. */
export interface UseSocketResult<Listen extends EventsMap, Emit extends EventsMap>
  extends SocketSnapshot, TypedSocket<Listen, Emit> {
  connect(): void;
  disconnect(): void;
}

/**
 * A namespace of the provider's client, connected while a component that uses it is mounted.
 *
 * Differs from `io()`: `emit` throws while there is no connection (see `buffered` and `volatile`),
 * and `emitWithAck` waits 10 seconds at most.
 */
export function useSocket<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = DefaultEventsMap,
>(options?: UseSocketOptions<Listen>): UseSocketResult<Listen, Emit>;
/**
 * The Socket of an address, without a provider.
 *
 * Components with the same address and options use one Socket. It connects with the first and
 * disconnects one second after the last. `auth` may change; the next connection uses it.
 */
export function useSocket<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = DefaultEventsMap,
>(url: string, options?: UseSocketOptions<Listen> & IoOptions): UseSocketResult<Listen, Emit>;
/** A Socket that the app made, and connects and disconnects itself. */
export function useSocket<Listen extends EventsMap, Emit extends EventsMap>(
  socket: Socket<Listen, Emit>,
  options?: UseSocketOptions<Listen>,
): UseSocketResult<Listen, Emit>;
export function useSocket(
  first?: string | Socket<any, any> | UseSocketOptions<any>,
  second?: UseSocketOptions<any> & IoOptions,
): UseSocketResult<any, any> {
  const target = isTarget(first) ? first : undefined;
  const options = (isTarget(first) ? second : first) ?? {};
  const source = useSource(target, options);
  if (!source) throw new Error(NO_SOCKET);
  const handle = useMemo(() => new SocketHandle(source), [source]);
  const snapshot = useSyncExternalStore(
    options.enabled === false ? handle.subscribe : handle.subscribeAndRetain,
    handle.getSnapshot,
    () => IDLE,
  );
  useListeners(handle, options.on);
  return useMemo(() => {
    const { on, emit, emitWithAck, timeout, connect, disconnect, volatile, buffered } = handle;
    return {
      ...snapshot,
      ...{ on, emit, emitWithAck, timeout, connect, disconnect, volatile, buffered },
    };
  }, [handle, snapshot]);
}

/** Names of the listeners of a component, in order. */
type Listeners = { readonly [event: string]: ((...args: any[]) => void) | undefined };

function useListeners(handle: SocketHandle, listeners: Listeners = {}): void {
  const names = JSON.stringify(Object.keys(listeners));
  const call = useEventRef((name: string, args: unknown[]) => listeners[name]?.(...args));
  useEffect(() => {
    const ends = (JSON.parse(names) as string[]).map((name) =>
      handle.on(name, (...args: unknown[]) => call(name, args)),
    );
    return () => {
      for (const end of ends) end();
    };
  }, [handle, names, call]);
}
