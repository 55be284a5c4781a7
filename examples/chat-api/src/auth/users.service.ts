import { Injectable } from '@nestjs/common';
import type { User, UserId } from 'tabcast/contract';
import { Database } from '../storage/database.js';

/** Everybody who has ever logged in. */
@Injectable()
export class UsersService {
  constructor(private readonly database: Database) {}

  async save({ id, name }: User): Promise<void> {
    await this.database.query(
      `INSERT INTO users (id, name, seen_at) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at`,
      [id, name, Date.now()],
    );
  }

  async find(id: UserId): Promise<User | undefined> {
    const [user] = await this.database.query<User>('SELECT id, name FROM users WHERE id = $1', [
      id,
    ]);
    return user;
  }

  newest(limit: number): Promise<User[]> {
    return this.database.query('SELECT id, name FROM users ORDER BY seen_at DESC LIMIT $1', [
      limit,
    ]);
  }
}
