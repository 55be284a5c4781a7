import type { Payload } from '../core/connection.js';
import { TabcastError } from '../errors.js';

/** A payload on its way out. A `Blob` has to be read before it can be sent. */
export interface EncodedPayload {
  readonly json: string;
  readonly attachments: readonly (ArrayBuffer | Blob)[] | undefined;
}

/**
 * Turns values into JSON text, with placeholders for the binary ones (Socket.IO protocol v5).
 *
 * Attachments are numbered depth first. The values are not changed.
 *
 * @throws {@link TabcastError} `invalid` if a value cannot be written: circular, `BigInt`, …
 */
export function encodePayload(values: readonly unknown[]): EncodedPayload {
  try {
    if (!hasBinary(values, false)) return { json: JSON.stringify(values), attachments: undefined };
    const attachments: (ArrayBuffer | Blob)[] = [];
    const json = JSON.stringify(deconstruct(values, attachments, false));
    return { json, attachments };
  } catch (cause) {
    throw new TabcastError('invalid', `unable to encode the arguments; ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/**
 * Reads the attachments that are blobs; gives `undefined` if there is nothing to wait for.
 *
 * The promise rejects if a blob cannot be read: its file was changed or deleted meanwhile.
 */
export function readBlobs(
  attachments: readonly (ArrayBuffer | Blob)[] | undefined,
): Promise<ArrayBuffer[]> | undefined {
  if (!attachments?.some(isBlob)) return undefined;
  return Promise.all(attachments.map((part) => (isBlob(part) ? part.arrayBuffer() : part)));
}

/**
 * Reads the arguments of an event: its name, then the values.
 *
 * @throws {@link TabcastError} `invalid` if this is no event
 */
export function decodeEvent(
  json: Payload,
  attachments: readonly ArrayBuffer[] | undefined,
): [string | number, ...unknown[]] {
  const values = decodeArray(json, attachments);
  if (isEventName(values[0])) return values as [string | number, ...unknown[]];
  throw new TabcastError('invalid', 'unable to read the event; its name is not allowed');
}

/** Whether a server may emit an event of this name. */
export function isEventName(name: unknown): boolean {
  return typeof name === 'number' || (typeof name === 'string' && !RESERVED_EVENTS.has(name));
}

/**
 * Reads the values of an acknowledgement. One without a payload has none.
 *
 * @throws {@link TabcastError} `invalid` if this is no list of values
 */
export function decodeAck(
  json: Payload,
  attachments: readonly ArrayBuffer[] | undefined,
): unknown[] {
  return json === '' ? [] : decodeArray(json, attachments);
}

/** Events of the library itself; neither side may send one. */
export const RESERVED_EVENTS: ReadonlySet<unknown> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** @throws {@link TabcastError} `invalid` if no event may have this name */
export function checkEventName(event: unknown): void {
  if (RESERVED_EVENTS.has(event)) {
    throw new TabcastError('invalid', `"${String(event)}" is a reserved event name`);
  }
  if (typeof event !== 'string' && typeof event !== 'number') {
    throw new TabcastError('invalid', 'unable to emit; the name of an event is a string');
  }
}

function decodeArray(json: Payload, attachments: readonly ArrayBuffer[] | undefined): unknown[] {
  if (typeof json !== 'string') return [...json];
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch (cause) {
    throw new TabcastError('invalid', `unable to read the payload; ${reasonOf(cause)}`, { cause });
  }
  if (!Array.isArray(values)) {
    throw new TabcastError('invalid', 'unable to read the payload; it is not an array');
  }
  if (attachments === undefined) return values;
  return reconstruct(values, attachments) as unknown[];
}

function isBlob(value: unknown): value is Blob {
  return typeof Blob === 'function' && value instanceof Blob;
}

function isBinary(value: object): value is ArrayBuffer | ArrayBufferView | Blob {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) || isBlob(value);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function hasBinary(value: unknown, converted: boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => hasBinary(item, false));
  if (isBinary(value)) return true;
  if (!converted && hasToJson(value)) return hasBinary(value.toJSON(), true);
  return Object.values(value).some((item) => hasBinary(item, false));
}

function deconstruct(
  value: unknown,
  attachments: (ArrayBuffer | Blob)[],
  converted: boolean,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => deconstruct(item, attachments, false));
  if (isBinary(value)) {
    attachments.push(ArrayBuffer.isView(value) ? bytesOf(value) : value);
    return { _placeholder: true, num: attachments.length - 1 };
  }
  if (!converted && hasToJson(value)) return deconstruct(value.toJSON(), attachments, true);
  // Without a prototype, so that a key named `__proto__` is a key like any other.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of Object.entries(value)) {
    copy[name] = deconstruct(item, attachments, false);
  }
  return copy;
}

/** A view sends its own bytes, not the whole buffer behind it. */
function bytesOf(view: ArrayBufferView): ArrayBuffer {
  if (view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength) {
    return view.buffer;
  }
  const copy = new Uint8Array(view.byteLength);
  copy.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return copy.buffer;
}

/**
 * Puts attachments in the place of their placeholders; changes `value`.
 *
 * @throws {@link TabcastError} `invalid` if a placeholder has none
 */
export function reconstruct(value: unknown, attachments: readonly ArrayBuffer[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('_placeholder' in value && value._placeholder === true) {
    const at = 'num' in value ? value.num : undefined;
    const attachment = typeof at === 'number' ? attachments[at] : undefined;
    if (attachment) return attachment;
    throw new TabcastError('invalid', 'illegal attachments');
  }
  const items = value as Record<string, unknown>;
  for (const name of Object.keys(items)) items[name] = reconstruct(items[name], attachments);
  return value;
}

function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return 'the data refers to itself, or is nested too deeply';
  return cause instanceof Error ? cause.message : String(cause);
}
