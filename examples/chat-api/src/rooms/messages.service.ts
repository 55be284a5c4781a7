import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type {
  ChangeReply,
  DeleteRequest,
  EditRequest,
  RoomId,
  SendRequest,
  WireMessage,
} from 'tabcast/contract';
import type { Connection } from '../common/connection.js';
import { WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { Database, type Queryable } from '../storage/database.js';
import { TypingService } from '../typing/typing.service.js';
import { MembershipService } from './membership.service.js';
import { RoomFeed } from './room-feed.js';
import { type Append, type Appended, type Details, RoomLog } from './room-log.js';
import type { MessageRow } from './rows.js';

/** Writes messages. Every change is stored before anybody hears of it, and told once. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly log: RoomLog,
    private readonly feed: RoomFeed,
    private readonly membership: MembershipService,
    private readonly typing: TypingService,
  ) {}

  async send({ user, device }: Connection, request: SendRequest): Promise<WireMessage> {
    const { roomId, cid, meta, replyTo } = request;
    const text = this.checkedText(request.text);
    if (replyTo !== undefined) await findMessage(this.database, roomId, replyTo);
    const appended = await this.log.appendMessage({
      ...{ id: randomUUID(), roomId, user: user.id, device, cid, text },
      meta: meta === undefined ? null : JSON.stringify(meta),
      replyTo: replyTo ?? null,
    });
    if (!appended) await this.membership.require(roomId, user);
    const { op } = this.published(roomId, appended);
    this.typing.forgetUser(roomId, user.id);
    return (op as Extract<typeof op, { t: 'msg' }>).m;
  }

  async edit({ user }: Connection, request: EditRequest): Promise<ChangeReply> {
    const { roomId, id, cid, baseRev } = request;
    const text = this.checkedText(request.text);
    await this.membership.require(roomId, user);
    const { op } = await this.append(roomId, { kind: 'edit', user: user.id, cid }, async (tx) => {
      const message = await findOwnMessage(tx, roomId, id, user.id);
      if (message.rev !== baseRev || message.deleted_at !== null) {
        throw new WireException('conflict', 'unable to edit the message; it was changed meanwhile');
      }
      const rev = message.rev + 1;
      await tx.query('UPDATE messages SET text = $2, rev = $3, edited_at = $4 WHERE id = $1', [
        ...[id, text, rev, Date.now()],
      ]);
      return { messageId: id, rev };
    });
    return changeReply(op);
  }

  /** Empties the message; deleting a deleted one changes nothing more but its `rev`. */
  async remove({ user }: Connection, request: DeleteRequest): Promise<ChangeReply> {
    const { roomId, id, cid } = request;
    await this.membership.require(roomId, user);
    const { op } = await this.append(roomId, { kind: 'del', user: user.id, cid }, async (tx) => {
      const message = await findOwnMessage(tx, roomId, id, user.id);
      const rev = message.rev + 1;
      await tx.query(
        `UPDATE messages SET text = '', meta = NULL, rev = $2, deleted_at = $3 WHERE id = $1`,
        [id, rev, Date.now()],
      );
      return { messageId: id, rev };
    });
    return changeReply(op);
  }

  private async append(
    roomId: RoomId,
    request: Append,
    work: (tx: Queryable) => Promise<Details>,
  ): Promise<Appended> {
    return this.published(roomId, await this.log.append(roomId, request, work));
  }

  private published(roomId: RoomId, appended: Appended | null): Appended {
    if (!appended) throw new Error('unable to write the message; nothing was appended');
    if (!appended.duplicate) this.feed.publish(roomId, appended.op);
    return appended;
  }

  /** Text that PostgreSQL can store and every client can show. */
  private checkedText(raw: string): string {
    const text = raw.toWellFormed();
    if (text.trim() === '' || text.includes('\0')) {
      throw new WireException('invalid', 'unable to store the message; its text is not one');
    }
    const bytes = Buffer.byteLength(text);
    const { maxTextBytes } = this.config.limits;
    if (bytes > maxTextBytes) {
      throw new WireException(
        'too_large',
        `unable to store the message; ${bytes} bytes are more than ${maxTextBytes}`,
      );
    }
    return text;
  }
}

function changeReply(op: Appended['op']): ChangeReply {
  const { seq, rev } = op as Extract<typeof op, { rev: number }>;
  return { seq, rev };
}

async function findMessage(tx: Queryable, roomId: RoomId, id: string): Promise<MessageRow> {
  const [message] = await tx.query<MessageRow>(
    'SELECT * FROM messages WHERE id = $1 AND room_id = $2',
    [id, roomId],
  );
  if (!message) throw new WireException('not_found', `unable to find the message; no ${id} here`);
  return message;
}

async function findOwnMessage(
  tx: Queryable,
  roomId: RoomId,
  id: string,
  user: string,
): Promise<MessageRow> {
  const message = await findMessage(tx, roomId, id);
  if (message.user_id !== user) {
    throw new WireException('forbidden', 'unable to change the message; it is not yours');
  }
  return message;
}
