import { randomBytes } from 'node:crypto';
import type { Database } from './database.js';

/** Names the numbering of all rooms: made together with the database, and lost with it. */
export class Epoch {
  static async load(this: void, database: Database): Promise<Epoch> {
    await database.query(
      `INSERT INTO server_state (key, value) VALUES ('epoch', $1) ON CONFLICT DO NOTHING`,
      [randomBytes(6).toString('base64url')],
    );
    const [row] = await database.query<{ value: string }>(
      `SELECT value FROM server_state WHERE key = 'epoch'`,
    );
    if (!row) throw new Error('unable to load the epoch; it was not stored');
    return new Epoch(row.value);
  }

  private constructor(readonly value: string) {}
}
