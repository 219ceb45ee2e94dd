import pg from 'pg';
import { type Connection, type Row, type Statement, type StatementResult, tables } from './connection.js';
import { StoreGone } from './store.js';

/** Whoever of several replicas begins first makes the tables. */
const TABLES_LOCK = 0x706f64;

/** PostgreSQL. A server that goes away and comes back is found again by the next statement. */
export class PostgresConnection implements Connection {
  readonly #pool: pg.Pool;
  #prepared: Promise<void> | undefined;

  /** `url` as `postgres://user:password@host:port/database`. */
  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 8,
      connectionTimeoutMillis: 3000,
      idleTimeoutMillis: 30_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      application_name: 'podnet',
    });
    // A connection that breaks while nobody uses it is no error of anybody's request.
    this.#pool.on('error', () => {});
  }

  async transaction(statements: readonly Statement[]): Promise<StatementResult[]> {
    try {
      this.#prepared ??= this.#makeTables();
      await this.#prepared;
    } catch (error) {
      this.#prepared = undefined;
      throw gone(error);
    }
    return this.#together(statements);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #makeTables(): Promise<void> {
    await this.#together([
      { sql: `SELECT pg_advisory_xact_lock(${TABLES_LOCK})`, values: [] },
      ...tables('BYTEA').map((sql) => ({ sql, values: [] })),
    ]);
  }

  async #together(statements: readonly Statement[]): Promise<StatementResult[]> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw gone(error);
    }
    // Unheard, a connection that breaks between two statements would end the process.
    const ignore = (): void => {};
    client.on('error', ignore);
    try {
      const single = statements.length === 1;
      const results: StatementResult[] = [];
      if (!single) await client.query('BEGIN');
      for (const { sql, values } of statements) {
        const { rows, rowCount } = await client.query<Row>(
          numbered(sql),
          values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
        );
        results.push({ rows, changes: rowCount ?? 0 });
      }
      if (!single) await client.query('COMMIT');
      client.off('error', ignore);
      client.release();
      return results;
    } catch (error) {
      client.off('error', ignore);
      client.on('error', ignore);
      client.release(true);
      throw gone(error);
    }
  }
}

/** `?` as PostgreSQL writes them: `$1`, `$2`, … */
function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll('?', () => `$${++n}`);
}

function gone(error: unknown): StoreGone {
  if (error instanceof StoreGone) return error;
  // An AggregateError of several addresses has no message of its own.
  const { message, code } = error as NodeJS.ErrnoException;
  return new StoreGone(message || code || 'the database does not answer');
}
