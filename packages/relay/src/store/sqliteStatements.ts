import type { SqliteDatabase, SqliteStatement } from './sqliteDatabase.ts';

/** Statements of one database, each prepared once. */
export class SqliteStatements {
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(private readonly database: SqliteDatabase) {}

  /** The statement with this text. */
  of(text: string): SqliteStatement {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  /** The column `n` of the one row that the statement gives. */
  number(text: string, value: string | number): number | undefined {
    const { n } = this.of(text).get(value) as { n: number | null };
    return n ?? undefined;
  }
}
