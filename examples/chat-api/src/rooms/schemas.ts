import type {
  DeleteRequest,
  EditRequest,
  HistoryRequest,
  JoinRequest,
  SendRequest,
  SyncRequest,
} from 'tabcast/contract';
import { z } from 'zod';
import {
  clientMsgId,
  count,
  messageId,
  position,
  roomId,
  smallJson,
} from '../common/validation.js';

export const cursor = { epoch: z.string().max(64).optional(), since: position.optional() };

export const joinSchema = z.object({
  roomId,
  ...cursor,
  limit: count.optional(),
}) satisfies z.ZodType<JoinRequest>;

export const leaveSchema = z.object({ roomId });

export const syncSchema = z.object({
  roomId,
  from: count,
  to: count.optional(),
  limit: count.optional(),
}) satisfies z.ZodType<SyncRequest>;

export const historySchema = z.object({
  roomId,
  before: position,
  limit: count,
}) satisfies z.ZodType<HistoryRequest>;

export const sendSchema = z.object({
  roomId,
  cid: clientMsgId,
  text: z.string(),
  meta: smallJson.optional(),
  replyTo: messageId.optional(),
}) satisfies z.ZodType<SendRequest>;

export const editSchema = z.object({
  roomId,
  id: messageId,
  cid: clientMsgId,
  baseRev: position,
  text: z.string(),
}) satisfies z.ZodType<EditRequest>;

export const deleteSchema = z.object({
  roomId,
  id: messageId,
  cid: clientMsgId,
}) satisfies z.ZodType<DeleteRequest>;
