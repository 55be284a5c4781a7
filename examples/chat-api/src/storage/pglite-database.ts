import { PGlite } from '@electric-sql/pglite';
import { Database, type Queryable } from './database.js';

/** PostgreSQL inside this process: in memory, or in a folder that only this process may use. */
export class PgliteDatabase extends Database {
  static async open(dataDir: string | null): Promise<PgliteDatabase> {
    return new PgliteDatabase(dataDir ? await PGlite.create(dataDir) : await PGlite.create());
  }

  private constructor(private readonly pglite: PGlite) {
    super();
  }

  override async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.pglite.query<Row>(sql, [...parameters])).rows;
  }

  override transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.pglite.transaction((tx) =>
      work({
        query: async <Row>(sql: string, parameters: readonly unknown[] = []) =>
          (await tx.query<Row>(sql, [...parameters])).rows,
      }),
    );
  }

  override close(): Promise<void> {
    return this.pglite.close();
  }
}
