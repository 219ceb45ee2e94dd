import type { Answer } from '../../ask/interview.js';
import type { Diagnosis } from '../../engine/diagnosis.js';
import type { Lang } from '../../engine/rulebook/types.js';
import type { Summary } from '../tasks.js';
import type { Connection, Row, SqlValue, Statement } from './connection.js';
import { packUploads, unpackUploads } from './packed-uploads.js';
import type { HistoryQuery, KeptDiagnosis, KeptSession, ListedDiagnosis, Store } from './store.js';

/** The store in a database that speaks SQL. */
export class SqlStore implements Store {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async addDiagnosis({ id, at, lang, outcome, verdict, key, found, json }: KeptDiagnosis): Promise<void> {
    const statements: Statement[] = [
      {
        sql: 'INSERT INTO diagnoses (id, at, lang, outcome, verdict, share_key, found, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        values: [id, at, lang, outcome, storable(verdict), key, storable(JSON.stringify(found)), json],
      },
    ];
    if (found.length > 0) {
      statements.push({
        sql: `INSERT INTO found (diagnosis, at, cause, subject) VALUES ${found.map(() => '(?, ?, ?, ?)').join(', ')}`,
        values: found.flatMap(({ cause, subject }) => [id, at, storable(cause), storable(subject)]),
      });
    }
    await this.#connection.transaction(statements);
  }

  async diagnosis(id: string): Promise<KeptDiagnosis | undefined> {
    const row = await this.#row(
      'SELECT id, at, lang, outcome, verdict, share_key, found, json FROM diagnoses WHERE id = ?',
      [storable(id)],
    );
    if (row === undefined) return undefined;
    return { ...listed(row), key: String(row.share_key), json: row.json as Uint8Array };
  }

  async search(query: HistoryQuery): Promise<ListedDiagnosis[]> {
    const where: string[] = [];
    const values: SqlValue[] = [];
    const add = (condition: string, ...more: SqlValue[]): void => {
      where.push(condition);
      values.push(...more);
    };
    const inFound: string[] = ['found.diagnosis = diagnoses.id'];
    const foundValues: SqlValue[] = [];
    if (query.cause !== undefined) {
      inFound.push('found.cause = ?');
      foundValues.push(storable(query.cause));
    }
    if (query.subject?.endsWith('/')) {
      // The next character after the slash bounds what begins so, without the wildcards of LIKE.
      inFound.push('found.subject >= ? AND found.subject < ?');
      foundValues.push(storable(query.subject), `${storable(query.subject).slice(0, -1)}0`);
    } else if (query.subject !== undefined) {
      inFound.push('found.subject = ?');
      foundValues.push(storable(query.subject));
    }
    if (foundValues.length > 0) add(`EXISTS (SELECT 1 FROM found WHERE ${inFound.join(' AND ')})`, ...foundValues);
    if (query.outcome !== undefined) add('outcome = ?', query.outcome);
    if (query.from !== undefined) add('at >= ?', query.from);
    if (query.to !== undefined) add('at <= ?', query.to);
    if (query.after !== undefined)
      add('(at < ? OR (at = ? AND id < ?))', query.after.at, query.after.at, query.after.id);
    const [result] = await this.#connection.transaction([
      {
        sql: `SELECT id, at, lang, outcome, verdict, found FROM diagnoses ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')} `}ORDER BY at DESC, id DESC LIMIT ?`,
        values: [...values, query.limit],
      },
    ]);
    return result!.rows.map(listed);
  }

  async addSession({ id, lang, uploads, answers, version, expiresAt }: KeptSession): Promise<void> {
    await this.#connection.transaction([
      {
        sql: 'INSERT INTO sessions (id, lang, uploads, answers, version, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
        values: [id, lang, packUploads(uploads), storable(JSON.stringify(answers)), version, expiresAt],
      },
    ]);
  }

  async session(id: string, now: number): Promise<KeptSession | undefined> {
    const row = await this.#row(
      'SELECT id, lang, uploads, answers, version, expires_at FROM sessions WHERE id = ? AND expires_at > ?',
      [storable(id), now],
    );
    if (row === undefined) return undefined;
    return {
      id: String(row.id),
      lang: row.lang as Lang,
      uploads: unpackUploads(row.uploads as Uint8Array),
      answers: JSON.parse(String(row.answers)) as Answer[],
      version: Number(row.version),
      expiresAt: Number(row.expires_at),
    };
  }

  async answerSession(id: string, version: number, answers: readonly Answer[], expiresAt: number): Promise<boolean> {
    const [result] = await this.#connection.transaction([
      {
        sql: 'UPDATE sessions SET answers = ?, version = version + 1, expires_at = ? WHERE id = ? AND version = ?',
        values: [storable(JSON.stringify(answers)), expiresAt, storable(id), version],
      },
    ]);
    return result!.changes > 0;
  }

  async markSeen(key: string, now: number, expiresAt: number): Promise<boolean> {
    const [, result] = await this.#connection.transaction([
      { sql: 'DELETE FROM seen WHERE key = ? AND expires_at <= ?', values: [storable(key), now] },
      {
        sql: 'INSERT INTO seen (key, expires_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING',
        values: [storable(key), expiresAt],
      },
    ]);
    return result!.changes === 0;
  }

  async purge(now: number, diagnosesBefore: number): Promise<void> {
    await this.#connection.transaction([
      { sql: 'DELETE FROM found WHERE at < ?', values: [diagnosesBefore] },
      { sql: 'DELETE FROM diagnoses WHERE at < ?', values: [diagnosesBefore] },
      { sql: 'DELETE FROM sessions WHERE expires_at <= ?', values: [now] },
      { sql: 'DELETE FROM seen WHERE expires_at <= ?', values: [now] },
    ]);
  }

  async ping(): Promise<void> {
    await this.#connection.transaction([{ sql: 'SELECT 1 AS one', values: [] }]);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #row(sql: string, values: SqlValue[]): Promise<Row | undefined> {
    const [result] = await this.#connection.transaction([{ sql, values }]);
    return result!.rows[0];
  }
}

/** PostgreSQL's texts hold no NUL, and no halves of surrogate pairs. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\ufffd'), 'utf8').toString('utf8');
}

function listed(row: Row): ListedDiagnosis {
  return {
    id: String(row.id),
    at: Number(row.at),
    lang: row.lang as Lang,
    outcome: row.outcome as Diagnosis['outcome'],
    verdict: String(row.verdict),
    found: JSON.parse(String(row.found)) as Summary['found'],
  };
}
