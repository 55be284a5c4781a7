'use client';

import { useEffect, useMemo } from 'react';
import type { IoOptions } from '../../socket/io.js';
import type { Manager } from '../../socket/manager.js';
import type { Socket } from '../../socket/socket.js';
import { useOptionalClient } from '../provider.js';
import { socketOfApp, socketOfManager, socketOfUrl, type SocketSource } from './shared-socket.js';

/** What can stand in the first place to say which Socket is meant. */
export type Target = string | Socket<any, any>;

export const NO_SOCKET =
  'tabcast: unable to find a socket; wrap the app in <RealtimeProvider>, or give an address';

export function isTarget(value: Target | object | undefined): value is Target {
  return typeof value === 'string' || (value !== undefined && 'nsp' in value);
}

/**
 * Where a component finds its Socket; `undefined` if it named none and there is no provider.
 *
 * The same as long as the address and the options say the same, whatever their identity.
 */
export function useSource(
  target: Target | undefined,
  options: {
    readonly namespace?: string;
    readonly enabled?: boolean;
    readonly on?: object;
  } & IoOptions,
): SocketSource | undefined {
  const client = useOptionalClient();
  const { enabled: _enabled, on: _on, namespace = '/', auth, ...connection } = options;
  const isUrl = typeof target === 'string';
  const key = JSON.stringify(isUrl ? [target, connection] : namespace);
  const place = isUrl ? undefined : (target ?? client?.manager);
  const source = useMemo(() => {
    if (isUrl) return sourceOfUrl(key);
    return place && sourceOf(place, key);
  }, [isUrl, place, key]);
  useEffect(() => {
    if (isUrl && source && auth !== undefined) source.find().socket.auth = auth;
  }, [isUrl, source, auth]);
  return source;
}

/** @param key JSON of the address and the options */
function sourceOfUrl(key: string): SocketSource {
  const [url, options] = JSON.parse(key) as [string, IoOptions];
  return socketOfUrl(url, options, key);
}

/** @param key JSON of the namespace */
function sourceOf(place: Socket<any, any> | Manager, key: string): SocketSource {
  return 'nsp' in place ? socketOfApp(place) : socketOfManager(place, JSON.parse(key) as string);
}
