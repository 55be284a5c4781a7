import { PGlite } from '@electric-sql/pglite';
import { dataDir as emptyCluster } from '@electric-sql/pglite-prepopulatedfs';
import { Database, type Queryable } from './database.js';

/** PostgreSQL inside this process: in memory, or in a folder that only this process may use. */
export class PgliteDatabase extends Database {
  static async open(dataDir: string | null): Promise<PgliteDatabase> {
    const pglite = dataDir
      ? await PGlite.create(dataDir)
      : // To set up a new cluster takes four times as long as to load one.
        await PGlite.create({ loadDataDir: await emptyCluster() });
    return new PgliteDatabase(pglite);
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
