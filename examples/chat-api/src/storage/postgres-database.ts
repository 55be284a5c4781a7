import { Logger } from '@nestjs/common';
import pg from 'pg';
import { Database, type Queryable } from './database.js';

/** A PostgreSQL server. */
export class PostgresDatabase extends Database {
  private readonly logger = new Logger(PostgresDatabase.name);
  private readonly pool: pg.Pool;

  constructor(url: string) {
    super();
    this.pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5000 });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    this.pool.on('error', (error) =>
      this.logger.warn(`database connection lost: ${error.message}`),
    );
  }

  override async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return run(this.pool, sql, parameters);
  }

  override async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work({
        query: (sql, parameters = []) => run(client, sql, parameters),
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  override close(): Promise<void> {
    return this.pool.end();
  }
}

const INT8 = 20;

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    id === INT8 ? Number : pg.types.getTypeParser(id, format as 'text'),
};

async function run<Row>(
  target: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await target.query({ text, values: [...values], types })).rows as Row[];
}
