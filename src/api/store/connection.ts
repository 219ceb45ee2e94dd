export type SqlValue = string | number | Uint8Array | null;

export interface Statement {
  /** With `?` for each value. */
  sql: string;
  values: readonly SqlValue[];
}

export type Row = Readonly<Record<string, unknown>>;

export interface StatementResult {
  rows: Row[];
  /** Rows that it has put in, changed or taken out. */
  changes: number;
}

/** A database that takes SQL of the kind that SQLite and PostgreSQL share. Methods throw StoreGone. */
export interface Connection {
  /** All or nothing, and durable once it resolves. */
  transaction(statements: readonly Statement[]): Promise<StatementResult[]>;
  close(): Promise<void>;
}

/** The tables; `BLOB` and `BIGINT` by the names that a database has for them. */
export function tables(bytes: 'BLOB' | 'BYTEA'): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS diagnoses (id TEXT PRIMARY KEY, at BIGINT NOT NULL, lang TEXT NOT NULL, outcome TEXT NOT NULL, verdict TEXT NOT NULL, share_key TEXT NOT NULL, found TEXT NOT NULL, json ${bytes} NOT NULL)`,
    'CREATE INDEX IF NOT EXISTS diagnoses_at ON diagnoses (at, id)',
    'CREATE TABLE IF NOT EXISTS found (diagnosis TEXT NOT NULL REFERENCES diagnoses (id) ON DELETE CASCADE, at BIGINT NOT NULL, cause TEXT NOT NULL, subject TEXT NOT NULL)',
    'CREATE INDEX IF NOT EXISTS found_diagnosis ON found (diagnosis)',
    'CREATE INDEX IF NOT EXISTS found_cause ON found (cause, at)',
    'CREATE INDEX IF NOT EXISTS found_subject ON found (subject, at)',
    `CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, lang TEXT NOT NULL, uploads ${bytes} NOT NULL, answers TEXT NOT NULL, version BIGINT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expires_at)',
    'CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)',
    'CREATE INDEX IF NOT EXISTS seen_expiry ON seen (expires_at)',
  ];
}
