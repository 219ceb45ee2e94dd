import { SqlStore } from './sql-store.js';
import type { Store } from './store.js';

export interface StoreOptions {
  /** `postgres://…`; absent for SQLite. */
  databaseUrl?: string;
  /** SQLite's file, or `:memory:`. */
  databaseFile: string;
  /** Where the module of SQLite's thread is. */
  workersAt: URL;
}

/** A store that need not answer yet: its methods tell. Each kind is loaded only where it is used. */
export async function openStore({ databaseUrl, databaseFile, workersAt }: StoreOptions): Promise<Store> {
  if (databaseUrl !== undefined) {
    const { PostgresConnection } = await import('./postgres-connection.js');
    return new SqlStore(new PostgresConnection(databaseUrl));
  }
  const { SqliteConnection } = await import('./sqlite-connection.js');
  return new SqlStore(new SqliteConnection(new URL('./sqlite-worker.js', workersAt), databaseFile));
}
