import { randomBytes } from 'node:crypto';
import type { Lang } from '../engine/rulebook/types.js';
import { sizeText } from './body.js';
import type { Metrics } from './metrics.js';
import type { Format } from './negotiate.js';
import type { ServerOptions } from './options.js';
import { HttpProblem } from './problem.js';
import { type KeptDiagnosis, type Store, StoreGone } from './store/store.js';
import type { ResultOf, Task } from './tasks.js';
import type { Brought } from './uploads.js';
import { PoolError, type WorkerPool } from './worker-pool.js';

export type DiagnosisAddress = Pick<KeptDiagnosis, 'id' | 'key'>;

/** A diagnosis that is in the history, and the answer to whoever asked for it. */
export interface Diagnosed {
  kept: KeptDiagnosis;
  answer: Uint8Array;
}

/** Diagnosing and remembering, whoever asks: a route or a chat. All methods throw problems. */
export class Diagnoses {
  readonly #pool: WorkerPool;
  readonly #store: Store;
  readonly #options: ServerOptions;
  readonly #metrics: Metrics;

  constructor(pool: WorkerPool, store: Store, options: ServerOptions, metrics: Metrics) {
    this.#pool = pool;
    this.#store = store;
    this.#options = options;
    this.#metrics = metrics;
  }

  /** A new id, and the key that opens it without a token. */
  newAddress(): DiagnosisAddress {
    return { id: randomBytes(12).toString('base64url'), key: randomBytes(16).toString('base64url') };
  }

  /** Diagnoses and keeps the answer: what this resolves to is in the history, durably. */
  async diagnose(
    brought: Brought,
    lang: Lang,
    format: Format,
    top?: number,
    address: DiagnosisAddress = this.newAddress(),
  ): Promise<Diagnosed> {
    const result = await this.work({
      kind: 'diagnose',
      ...brought,
      lang,
      format,
      ...(top === undefined ? {} : { top }),
    });
    const kept: KeptDiagnosis = {
      ...address,
      at: this.#options.now(),
      lang,
      json: result.json,
      ...result.summary,
    };
    await stored(this.#store.addDiagnosis(kept));
    this.#metrics.diagnoses.inc({ outcome: kept.outcome });
    return { kept, answer: result.answer ?? result.json };
  }

  /** Has a worker do something; what becomes of it otherwise is a problem. */
  async work<K extends Task['kind']>(task: Extract<Task, { kind: K }>): Promise<ResultOf[K]> {
    try {
      return await this.#pool.run<K>(task);
    } catch (error) {
      throw error instanceof PoolError ? this.#problem(error) : error;
    }
  }

  /** `/diagnoses/<id>?key=…`, absolute where the server knows its public address. */
  permalink({ id, key }: DiagnosisAddress): string {
    return `${this.#options.publicUrl ?? ''}/diagnoses/${id}?key=${key}`;
  }

  #problem(error: PoolError): HttpProblem {
    const { refusal, failure } = error;
    if (refusal !== undefined) return new HttpProblem(refusal.status, refusal.word, { faults: refusal.faults });
    const soon = { headers: { 'retry-after': '5' } };
    if (failure === 'timed-out') {
      return new HttpProblem(504, 'time-limit', { slots: { seconds: Math.ceil(this.#options.diagnosisMs / 1000) } });
    }
    if (failure === 'out-of-memory') {
      return new HttpProblem(413, 'out-of-memory', {
        slots: { limit: sizeText(this.#options.memoryMb * 1024 * 1024) },
      });
    }
    if (failure === 'busy') return new HttpProblem(503, 'busy', soon);
    if (failure === 'closed') return new HttpProblem(503, 'stopping', soon);
    const problem = new HttpProblem(500, 'internal');
    problem.cause = error;
    return problem;
  }
}

/** What the store answers; a problem (503) where it is not there. */
export async function stored<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreGone)) throw error;
    const problem = new HttpProblem(503, 'store-gone', { headers: { 'retry-after': '5' } });
    problem.cause = error;
    throw problem;
  }
}
