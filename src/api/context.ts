import type { Rulebook } from '../engine/rulebook/types.js';
import type { BodyBudget } from './body.js';
import type { Diagnoses } from './diagnoses.js';
import type { Metrics } from './metrics.js';
import type { ServerOptions } from './options.js';
import type { Sessions } from './sessions.js';
import type { Store } from './store/store.js';
import type { WorkerPool } from './worker-pool.js';

/** What routes work with. */
export interface Context {
  options: ServerOptions;
  rulebook: Rulebook;
  pool: WorkerPool;
  store: Store;
  metrics: Metrics;
  bodies: BodyBudget;
  diagnoses: Diagnoses;
  sessions: Sessions;
  /** Set once the server begins to stop. */
  stopping: boolean;
}
