import { Worker } from 'node:worker_threads';
import type { FromWorker, ResultOf, Task, TaskRefusal, WorkerSetup } from './tasks.js';

/** Why a task came to nothing. `refused` is the input's fault, `failed` ours. */
export type PoolFailure = 'timed-out' | 'out-of-memory' | 'busy' | 'closed' | 'failed' | 'refused';

export class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly failure: PoolFailure;
  readonly refusal: TaskRefusal | undefined;

  constructor(failure: PoolFailure, message: string, refusal?: TaskRefusal) {
    super(message);
    this.failure = failure;
    this.refusal = refusal;
  }
}

export interface PoolOptions {
  /** Module of the worker thread. */
  file: URL;
  setup: WorkerSetup;
  /** Threads that work at the same time. */
  size: number;
  /** Milliseconds of work on one task, after which its thread is ended. */
  timeoutMs: number;
  /** Heap of one thread, megabytes. */
  memoryMb: number;
  /** Tasks that wait for a thread; more are turned away. */
  queue: number;
  /** Called when a thread was ended because of its task. */
  onKilled?: (why: 'timed-out' | 'out-of-memory' | 'failed') => void;
  /** Called with what a thread said that ended by itself. */
  onFailed?: (message: string) => void;
}

interface Job {
  id: number;
  /** Turns it away where no thread takes it in time. */
  patience?: NodeJS.Timeout;
  task: Task;
  resolve(result: ResultOf[Task['kind']]): void;
  reject(error: PoolError): void;
}

interface Thread {
  worker: Worker;
  ready: boolean;
  job?: Job;
  /** Ends it where its task takes too long. */
  limit?: NodeJS.Timeout;
  /** Since this fired, its task counts as slow: another thread takes its place in the meantime. */
  slowness?: NodeJS.Timeout;
  slow: boolean;
}

/** A task that takes longer no longer holds up those behind it. */
const SLOW_MS = 1000;
/** What a new thread may take to begin: by then one that was stuck has been ended and another is in its place. */
const START_MS = 15_000;
/** Threads beside the usual ones that make up for slow tasks. */
const MAX_EXTRA = 4;

/**
 * A few threads that work on tasks. One that takes too long or too much memory is ended, with its task alone; a slow one
 * gets a stand-in, so that a few slow tasks do not keep the quick ones waiting.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #closed = false;
  #nextId = 1;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.size; i += 1) this.#start();
  }

  /** Tasks that wait for a thread, and that are worked on. */
  get load(): { waiting: number; running: number } {
    let running = 0;
    for (const { job } of this.#threads) if (job !== undefined) running += 1;
    return { waiting: this.#waiting.length, running };
  }

  /** Whether a thread is there that could take a task. */
  get ready(): boolean {
    for (const thread of this.#threads) if (thread.ready) return true;
    return false;
  }

  /** Works on a task. Throws PoolError. */
  run<K extends Task['kind']>(task: Extract<Task, { kind: K }>): Promise<ResultOf[K]> {
    if (this.#closed) return Promise.reject(new PoolError('closed', 'the pool is closed'));
    if (this.#waiting.length >= this.#options.queue) return Promise.reject(new PoolError('busy', 'the queue is full'));
    return new Promise<ResultOf[K]>((resolve, reject) => {
      const job: Job = { id: this.#nextId++, task, resolve: resolve as Job['resolve'], reject };
      this.#waiting.push(job);
      job.patience = setTimeout(() => {
        const place = this.#waiting.indexOf(job);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(new PoolError('busy', 'no thread took it in time'));
      }, this.#options.timeoutMs + START_MS);
      this.#assign();
    });
  }

  /** Ends all threads; what is worked on is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) {
      clearTimeout(job.patience);
      job.reject(new PoolError('closed', 'the pool is closed'));
    }
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #start(): void {
    const { file, setup, memoryMb } = this.#options;
    const worker = new Worker(file, {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      // Nothing of the environment is a diagnosis' business.
      env: { PATH: process.env.PATH, TZ: process.env.TZ },
    });
    const thread: Thread = { worker, ready: false, slow: false };
    this.#threads.add(thread);
    worker.on('message', (message: FromWorker) => this.#heard(thread, message));
    worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#lost(thread, error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out-of-memory' : 'failed', error.message),
    );
    worker.on('exit', () => this.#lost(thread, 'failed', 'the thread has ended'));
  }

  #heard(thread: Thread, message: FromWorker): void {
    if ('ready' in message) {
      thread.ready = true;
      this.#assign();
      return;
    }
    const { job } = thread;
    if (job === undefined || job.id !== message.id) return;
    this.#release(thread);
    if ('result' in message) job.resolve(message.result);
    else if ('refused' in message) job.reject(new PoolError('refused', message.refused.word, message.refused));
    else job.reject(new PoolError('failed', message.failed));
    if (this.#spare()) this.#dismiss(thread);
    this.#assign();
  }

  #assign(): void {
    for (const thread of this.#threads) {
      if (this.#waiting.length === 0) return;
      if (!thread.ready || thread.job !== undefined) continue;
      const job = this.#waiting.shift()!;
      clearTimeout(job.patience);
      thread.job = job;
      thread.limit = setTimeout(
        () => this.#lost(thread, 'timed-out', `more than ${this.#options.timeoutMs} ms`),
        this.#options.timeoutMs,
      );
      thread.slowness = setTimeout(() => this.#slow(thread), SLOW_MS);
      // Copied, not handed over: a body that several want stays whole.
      thread.worker.postMessage({ id: job.id, task: job.task });
    }
  }

  #slow(thread: Thread): void {
    thread.slow = true;
    if (this.#threads.size < this.#options.size + MAX_EXTRA) this.#start();
  }

  #release(thread: Thread): void {
    clearTimeout(thread.limit);
    clearTimeout(thread.slowness);
    delete thread.job;
    thread.slow = false;
  }

  /** Whether there are more threads than the usual ones that are not slow. */
  #spare(): boolean {
    let quick = 0;
    for (const { slow } of this.#threads) if (!slow) quick += 1;
    return quick > this.#options.size;
  }

  #dismiss(thread: Thread): void {
    this.#threads.delete(thread);
    void thread.worker.terminate();
  }

  #lost(thread: Thread, why: 'timed-out' | 'out-of-memory' | 'failed', message: string): void {
    if (!this.#threads.delete(thread)) return;
    const { job, ready } = thread;
    this.#release(thread);
    void thread.worker.terminate();
    if (why === 'failed' && !this.#closed) this.#options.onFailed?.(message);
    if (job !== undefined) {
      this.#options.onKilled?.(why);
      job.reject(new PoolError(why, message));
    }
    if (this.#closed) return;
    let quick = 0;
    for (const { slow } of this.#threads) if (!slow) quick += 1;
    if (quick >= this.#options.size) return;
    // A thread that cannot even begin would be started without end.
    if (ready) this.#start();
    else setTimeout(() => this.#closed || this.#start(), 1000).unref();
  }
}
