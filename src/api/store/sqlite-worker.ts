import { rmdirSync, statSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import sqlite, { type Database, type Statement as Prepared } from 'node-sqlite3-wasm';
import { type Row, type SqlValue, type Statement, type StatementResult, tables } from './connection.js';
import { giveUpOwnership, takeOwnership } from './file-owner.js';

/**
 * The thread in which SQLite's file is written and synced to the disk, which must not hold up requests. What has arrived
 * in the meantime becomes durable together, with one sync.
 */

export type ToSqlite = { id: number; statements: readonly Statement[] };
export type FromSqlite = { id: number; results: StatementResult[] } | { id: number; error: string };

const MAX_PREPARED = 40;
const MAX_TOGETHER = 64;

const { path } = workerData as { path: string };
const port = parentPort;
if (port === null) throw new Error('sqlite-worker is a worker thread');

interface Opened {
  database: Database;
  /** The file that was opened, by which is seen that it is still the one under this path. */
  file: string;
  prepared: Map<string, Prepared>;
}

let opened: Opened | undefined;

function fileId(): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

function open(): Opened {
  if (opened !== undefined && path !== ':memory:') {
    let now: string | undefined;
    try {
      now = fileId();
    } catch {
      // Taken away: what were written to it now would be lost.
    }
    if (now !== opened.file) close();
  }
  if (opened !== undefined) return opened;
  if (path !== ':memory:') {
    takeOwnership(path);
    // The lock of a server that was killed: the ownership says that it is no more.
    removeLock();
  }
  const database = new sqlite.Database(path);
  try {
    // One process has the file: the write-ahead log then needs no shared memory.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    for (const sql of tables('BLOB')) database.exec(sql);
  } catch (error) {
    database.close();
    throw error;
  }
  opened = { database, file: path === ':memory:' ? '' : fileId(), prepared: new Map() };
  return opened;
}

function removeLock(): void {
  try {
    rmdirSync(`${path}.lock`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function close(): void {
  const closing = opened;
  opened = undefined;
  if (closing === undefined) return;
  try {
    for (const statement of closing.prepared.values()) statement.finalize();
    closing.database.close();
  } catch {
    // The file is gone, or the disk does not answer: what was acknowledged is on it already.
  }
}

function run(opened: Opened, { sql, values }: Statement): StatementResult {
  const { database, prepared } = opened;
  let statement = prepared.get(sql);
  if (statement === undefined) {
    for (const [text, oldest] of prepared) {
      if (prepared.size < MAX_PREPARED) break;
      oldest.finalize();
      prepared.delete(text);
    }
    statement = database.prepare(sql);
    prepared.set(sql, statement);
  }
  if (/^SELECT\b/.test(sql)) return { rows: statement.all([...values] as SqlValue[]) as Row[], changes: 0 };
  return { rows: [], changes: statement.run([...values] as SqlValue[]).changes };
}

/** All of them in one transaction of the file, each all or nothing. */
function work(batch: readonly ToSqlite[]): FromSqlite[] {
  try {
    const now = open();
    const answers: FromSqlite[] = [];
    const writes = batch.some(({ statements }) => statements.some(({ sql }) => !/^SELECT\b/.test(sql)));
    if (writes) now.database.exec('BEGIN IMMEDIATE');
    for (const { id, statements } of batch) {
      if (writes) now.database.exec('SAVEPOINT one');
      try {
        answers.push({ id, results: statements.map((statement) => run(now, statement)) });
        if (writes) now.database.exec('RELEASE one');
      } catch (error) {
        if (writes) now.database.exec('ROLLBACK TO one; RELEASE one');
        answers.push({ id, error: messageOf(error) });
      }
    }
    if (writes) now.database.exec('COMMIT');
    return answers;
  } catch (error) {
    // Whatever it was, the next one finds the file opened anew.
    close();
    return batch.map(({ id }) => ({ id, error: messageOf(error) }));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

port.on('message', (first: ToSqlite | 'close') => {
  const batch: ToSqlite[] = [];
  let next: ToSqlite | 'close' | undefined = first;
  while (next !== undefined && next !== 'close') {
    batch.push(next);
    if (batch.length === MAX_TOGETHER) break;
    next = receiveMessageOnPort(port)?.message as ToSqlite | 'close' | undefined;
  }
  if (batch.length > 0) for (const answer of work(batch)) port.postMessage(answer);
  if (next === 'close') {
    close();
    if (path !== ':memory:') giveUpOwnership(path);
    port.close();
  }
});
