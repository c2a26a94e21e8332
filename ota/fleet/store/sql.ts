export type SqlValue = string | number | null;

export type Row = Record<string, SqlValue>;

/** Something that statements can be run on. Parameters are written `$1`, `$2`, …; whole numbers come back as numbers. */
export interface SqlSession {
  /** The rows that a statement returns. */
  rows(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** How many rows a statement has changed. */
  change(text: string, values?: readonly SqlValue[]): Promise<number>;
}

/** The fleet's database. The statements are those that SQLite and PostgreSQL have in common. */
export interface Sql extends SqlSession {
  /** Does all of the work or, where it throws, nothing of it. Durable once it has resolved. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** The same, while nobody else runs an exclusive one: for making the tables. */
  exclusive<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
