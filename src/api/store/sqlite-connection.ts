import { Worker } from 'node:worker_threads';
import type { Connection, Statement, StatementResult } from './connection.js';
import type { FromSqlite, ToSqlite } from './sqlite-worker.js';
import { StoreGone } from './store.js';

interface Waiting {
  resolve(results: StatementResult[]): void;
  reject(error: Error): void;
}

/** SQLite as WebAssembly, in a thread of its own. A file that was taken away is made anew. */
export class SqliteConnection implements Connection {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended = false;

  /** `file` is the module of the thread; `path` the database's file, or `:memory:`. */
  constructor(file: URL, path: string) {
    this.#worker = new Worker(file, { workerData: { path }, env: { TZ: process.env.TZ } });
    this.#worker.on('message', (answer: FromSqlite) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('results' in answer) waiting?.resolve(answer.results);
      else waiting?.reject(new StoreGone(answer.error));
    });
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#worker.on('exit', () => this.#end('the thread of SQLite has ended'));
  }

  transaction(statements: readonly Statement[]): Promise<StatementResult[]> {
    if (this.#ended) return Promise.reject(new StoreGone('the thread of SQLite has ended'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, statements } satisfies ToSqlite);
    });
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.postMessage('close');
    await ended;
  }

  #end(why: string): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(new StoreGone(why));
    this.#waiting.clear();
  }
}
