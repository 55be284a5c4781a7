import type { DeviceId } from '../contract/index.js';

/** A UUID of version 7 (RFC 9562): sorts by time, so the server's index stays in order. */
export function uuidV7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let index = 0; index < 6; index++) {
    bytes[index] = Math.floor(now / 2 ** (8 * (5 - index)));
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The name of this browser: kept, so that all tabs and later visits have the same. */
export function deviceId(): DeviceId {
  try {
    const kept = localStorage.getItem(DEVICE_KEY);
    if (kept) return kept;
    const made = uuidV7();
    localStorage.setItem(DEVICE_KEY, made);
    return made;
  } catch {
    // Storage is forbidden: the name lives as long as the page.
    return (unkept ??= uuidV7());
  }
}

const DEVICE_KEY = 'tabcast:device';
let unkept: DeviceId | undefined;
