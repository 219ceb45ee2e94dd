import { hostname } from 'node:os';
import type { BundleFile, BundleWriter } from '../facts/collect/bundle-writer.js';
import type { Collected, CollectProgress } from '../facts/collect/collect.js';
import { sanitize } from '../report/sanitize.js';
import type { CollectSay } from './collect-words.js';
import { EXIT } from './exit-status.js';
import type { Progress } from './progress.js';
import { UsageError } from './usage-error.js';

/** Options of a collection, whether it ends in a bundle or in a diagnosis. */
export interface LiveOptions {
  node?: string;
  pods?: number | 'all' | 'none';
  pod?: string[];
  peer?: string[];
  targets?: string;
  /** False for --no-probes. */
  probes?: boolean;
  /** Reads the cluster's objects as well. */
  kube?: boolean;
  /** Masks addresses and names. */
  redact?: boolean;
  /** Seconds. */
  duration?: number;
}

const DEFAULT_PODS = 5;
const DEFAULT_SECONDS = 120;

/** The name under which this node stands in the bundle: as Kubernetes names it, unless told otherwise. */
export function nodeName(options: LiveOptions): string {
  const own = options.node ?? hostname().toLowerCase();
  return /^[A-Za-z0-9][\w.-]{0,252}$/.test(own) ? own : 'node';
}

/**
 * Collects into a bundle and finishes it. A process that is ended on the way, by a signal or an error, takes its commands
 * and the unfinished output with it.
 */
export async function collectLive(
  writer: BundleWriter,
  options: LiveOptions,
  onProgress: (progress: CollectProgress) => void,
): Promise<Collected> {
  const { CommandRunner } = await import('../facts/collect/runner.js');
  const { collect } = await import('../facts/collect/collect.js');
  const runner = new CommandRunner();
  const release = endCleanly(writer);
  // What one file names another one holds: masking needs all of them.
  const held: BundleFile[] = [];
  const sink = options.redact === true ? { add: (file: BundleFile) => void held.push(file) } : writer;
  try {
    const collected = await collect(runner, sink, {
      node: nodeName(options),
      pods: options.pods ?? DEFAULT_PODS,
      chosen: options.pod ?? [],
      peers: options.peer ?? [],
      ...(options.targets === undefined ? {} : { targets: options.targets }),
      probes: options.probes !== false,
      kube: options.kube === true,
      durationMs: (options.duration ?? DEFAULT_SECONDS) * 1000,
      onProgress,
    });
    if (options.redact === true) {
      const { randomKey, redactFiles } = await import('../facts/collect/redact.js');
      for (const file of redactFiles(held, randomKey())) writer.add(file);
    }
    await writer.finish();
    return collected;
  } catch (error) {
    await writer.abort();
    throw await asUsage(error);
  } finally {
    await runner.close();
    release();
  }
}

/** What the caller can put right is no error of podnet: an output that cannot be written, targets that are none. */
export async function asUsage(error: unknown): Promise<unknown> {
  const { OutputError } = await import('../facts/collect/bundle-writer.js');
  const { UnreadableInput } = await import('../facts/bundle/read-bundles.js');
  const { BadPeer } = await import('../facts/collect/targets.js');
  const known = error instanceof OutputError || error instanceof UnreadableInput || error instanceof BadPeer;
  return known ? new UsageError(sanitize(error.message)) : error;
}

/** Signals that end a process; SIGINT is the program's own. */
const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/**
 * From now on the unfinished output goes when the process does. Gives back what ends that. A limit on the size of files
 * (ulimit -f) is told by an error of writing, as a full disk is, rather than by a signal that kills.
 */
export function endCleanly(writer: BundleWriter): () => void {
  const discard = (): void => writer.abortNow();
  const end = (): void => process.exit(EXIT.interrupted);
  const ignore = (): void => {};
  process.on('exit', discard);
  for (const signal of SIGNALS) process.on(signal, end);
  process.on('SIGXFSZ', ignore);
  return () => {
    process.off('exit', discard);
    for (const signal of SIGNALS) process.off(signal, end);
    process.off('SIGXFSZ', ignore);
  };
}

/** Tells on the progress line how far a collection has come. */
export function collectProgress(progress: Progress, say: CollectSay): (at: CollectProgress) => void {
  return ({ stage, what, done, of, leftMs }) => {
    if (stage === 'look') return progress.step(say('progressLook'));
    if (stage === 'kube') return progress.step(say('progressKube', { what: sanitize(what).slice(0, 40) }));
    const values = { what: sanitize(what).slice(0, 40), done, of, left: Math.ceil(leftMs / 1000) };
    progress.step(say(stage === 'probes' ? 'progressProbes' : 'progressState', values));
  };
}

/** Problems that are listed; the bundle holds the reasons of all. */
const LISTED = 20;

/** What could not be collected, a line each, on standard error. */
export function tellProblems(problems: readonly string[], say: CollectSay): void {
  const lines = problems.slice(0, LISTED).map((problem) => sanitize(problem));
  if (process.getuid?.() !== 0) lines.unshift(say('notRoot'));
  if (problems.length > LISTED) lines.push(say('andMore', { n: problems.length - LISTED }));
  for (const line of lines) process.stderr.write(`podnet: ${line}\n`);
}
