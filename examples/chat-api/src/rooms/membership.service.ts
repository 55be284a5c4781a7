import { Injectable } from '@nestjs/common';
import type { RoomId, User } from 'tabcast/contract';
import { UsersService } from '../auth/users.service.js';
import { WireException } from '../common/wire-exception.js';
import { RoomFeed } from './room-feed.js';
import { RoomLog } from './room-log.js';

/** Who belongs to which room. The one place to restrict it: here everybody may join every room. */
@Injectable()
export class MembershipService {
  constructor(
    private readonly log: RoomLog,
    private readonly feed: RoomFeed,
    private readonly users: UsersService,
  ) {}

  /** Makes `user` a member; throws `not_found` if there is no such room. */
  async join(roomId: RoomId, user: User): Promise<void> {
    if (await this.log.isMember(roomId, user.id)) return;
    // The token may be older than this database.
    await this.users.save(user);
    const appended = await this.log.append(
      roomId,
      { kind: 'member', user: user.id },
      async (tx, seq) => {
        const added = await tx.query(
          `INSERT INTO members (room_id, user_id, seq) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING RETURNING seq`,
          [roomId, user.id, seq],
        );
        return added.length > 0 ? { detail: user.name } : null;
      },
    );
    if (appended) this.feed.publish(roomId, appended.op);
  }

  /** Throws unless `user` may read and write in the room. */
  async require(roomId: RoomId, user: User): Promise<void> {
    if (await this.log.isMember(roomId, user.id)) return;
    await this.log.head(roomId);
    throw new WireException('forbidden', 'unable to use the room; join it first');
  }
}
