/** Runs SQL. Placeholders are `$1`, `$2`, …; `bigint` columns arrive as numbers. */
export interface Queryable {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** A PostgreSQL database, wherever it runs. */
export abstract class Database implements Queryable {
  abstract query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;

  /** Runs `work` in one READ COMMITTED transaction; rolls back if it throws. */
  abstract transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;

  abstract close(): Promise<void>;
}
