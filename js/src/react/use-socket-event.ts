'use client';

import { useEffect } from 'react';
import type { DefaultEventsMap, EventNames, EventsMap } from '../socket/events.js';
import { SocketHandle, type TypedSocket } from './internal/socket-handle.js';
import { useEventRef } from './internal/use-event-ref.js';
import { NO_SOCKET, useSource } from './internal/use-source.js';

/**
 * Hears an event while the component is mounted; the newest `listener` is called.
 *
 * @param socket what `useSocket` gave; default: namespace `/` of the provider's client
 */
export function useSocketEvent<
  Listen extends EventsMap = DefaultEventsMap,
  Event extends EventNames<Listen> = EventNames<Listen>,
>(
  event: Event,
  listener: Listen[Event],
  socket?: Pick<TypedSocket<Listen, DefaultEventsMap>, 'on'>,
): void {
  const source = useSource(undefined, {});
  const on = socket?.on;
  if (!on && !source) throw new Error(NO_SOCKET);
  const call = useEventRef(listener as (...args: unknown[]) => unknown);
  useEffect(() => {
    if (on) return on(event, call as Listen[Event]);
    if (!source) return undefined;
    const end = new SocketHandle(source).on(event, call);
    const release = source.find().retain();
    return () => {
      end();
      release();
    };
  }, [source, on, event, call]);
}
