import type { Database } from './database.js';

/** Brings the schema up to date. Several nodes may do so at once. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock(7462219)');
    await tx.query('CREATE TABLE IF NOT EXISTS schema_versions (version int PRIMARY KEY)');
    const done = await tx.query<{ version: number }>('SELECT version FROM schema_versions');
    const versions = new Set(done.map((row) => row.version));
    for (const [index, statements] of MIGRATIONS.entries()) {
      const version = index + 1;
      if (versions.has(version)) continue;
      for (const statement of statements) await tx.query(statement);
      await tx.query('INSERT INTO schema_versions (version) VALUES ($1)', [version]);
    }
  });
}

/** Times are milliseconds since 1970. Append; never change one that has been released. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    'CREATE TABLE server_state (key text PRIMARY KEY, value text NOT NULL)',
    `CREATE TABLE users (
      id text PRIMARY KEY,
      name text NOT NULL,
      seen_at bigint NOT NULL
    )`,
    `CREATE TABLE rooms (
      id text PRIMARY KEY,
      name text NOT NULL,
      topic text NOT NULL,
      head bigint NOT NULL,
      messages bigint NOT NULL
    )`,
    `CREATE TABLE members (
      room_id text NOT NULL REFERENCES rooms,
      user_id text NOT NULL REFERENCES users,
      seq bigint NOT NULL,
      PRIMARY KEY (room_id, user_id)
    )`,
    // Messages as they are now.
    `CREATE TABLE messages (
      id text PRIMARY KEY,
      room_id text NOT NULL REFERENCES rooms,
      seq bigint NOT NULL,
      n bigint NOT NULL,
      cid text NOT NULL,
      user_id text NOT NULL,
      device text NOT NULL,
      ts bigint NOT NULL,
      text text NOT NULL,
      meta text,
      reply_to text,
      rev int NOT NULL DEFAULT 0,
      edited_at bigint,
      deleted_at bigint,
      UNIQUE (room_id, seq)
    )`,
    // What happened, in order. Texts stand only in messages, so that a deleted one is gone.
    `CREATE TABLE room_ops (
      room_id text NOT NULL REFERENCES rooms,
      seq bigint NOT NULL,
      kind text NOT NULL,
      user_id text,
      cid text,
      message_id text REFERENCES messages,
      rev int,
      ts bigint NOT NULL,
      detail text,
      PRIMARY KEY (room_id, seq)
    )`,
    'CREATE UNIQUE INDEX room_ops_by_cid ON room_ops (room_id, user_id, cid)',
  ],
];
