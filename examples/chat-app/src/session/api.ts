import type {
  ErrorCode,
  HttpFailure,
  LoginReply,
  RenewReply,
  RoomsReply,
  UsersReply,
} from 'tabcast/contract';

const TIMEOUT_MS = 10_000;

/** A failed call to the REST part of the server; the message is fit for readers. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | 'unreachable';

  constructor(code: ErrorCode | 'unreachable') {
    super(MESSAGES[code] ?? 'The server has a problem of its own.');
    this.code = code;
  }
}

const MESSAGES: Partial<Record<ErrorCode | 'unreachable', string>> = {
  unreachable: 'The server cannot be reached. Check that it runs and that you are online.',
  invalid: 'The server did not accept this.',
  unauthorized: 'Your session has ended.',
  token_expired: 'Your session has expired.',
  rate_limited: 'That was too fast for the server. Please wait a moment.',
};

export function login(name: string): Promise<LoginReply> {
  return request('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
}

export function renew(token: string): Promise<RenewReply> {
  return request('/api/renew', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

export function fetchRooms(token: string): Promise<RoomsReply> {
  return request('/api/rooms', { headers: { authorization: `Bearer ${token}` } });
}

export function fetchUsers(token: string): Promise<UsersReply> {
  return request('/api/users', { headers: { authorization: `Bearer ${token}` } });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => null,
  );
  if (!response) throw new ApiError('unreachable');
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const { error } = (body ?? {}) as Partial<HttpFailure>;
  throw new ApiError(error?.code ?? 'internal');
}
