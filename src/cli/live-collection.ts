import { hostname } from 'node:os';
import type { BundleEntry } from '../facts/bundle/entry.js';
import type { BundleFile, BundleWriter } from '../facts/collect/bundle-writer.js';
import type { Collected, CollectProgress } from '../facts/collect/collect.js';
import type { FlowWords } from '../facts/collect/flow-words.js';
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
  context?: string;
  kubeconfig?: string;
  /** Masks addresses and names. */
  redact?: boolean;
  /** File of the key under which they are masked. */
  redactKey?: string;
  /** A flow to capture while it is probed. */
  capture?: string;
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
  // The unfinished output is there already: nothing may be awaited before this.
  const release = endCleanly(writer);
  const { CommandRunner } = await import('../facts/collect/runner.js');
  const { collect } = await import('../facts/collect/collect.js');
  const runner = new CommandRunner();
  // What one file names another one holds: masking needs all of them.
  const held: BundleFile[] = [];
  const redact = options.redact === true || options.redactKey !== undefined;
  const objects: BundleFile[] = [];
  const sink = {
    add: (file: BundleFile): void => {
      if (options.capture !== undefined && file.path.startsWith('cluster/')) objects.push(file);
      if (redact) held.push(file);
      else writer.add(file);
    },
  };
  try {
    // What a person named wrongly is told before anything is done.
    const flow = options.capture === undefined ? undefined : await flowOf(options.capture);
    const key = redact ? await keyOf(options.redactKey) : undefined;
    const { shippedCnis } = await import('./rulebook.js');
    const cnis = await shippedCnis();
    const collected = await collect(runner, sink, {
      node: nodeName(options),
      cnis,
      pods: options.pods ?? DEFAULT_PODS,
      chosen: options.pod ?? [],
      peers: options.peer ?? [],
      ...(options.targets === undefined ? {} : { targets: options.targets }),
      probes: options.probes !== false,
      kube: options.kube === true,
      ...(options.context === undefined ? {} : { context: options.context }),
      ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
      durationMs: (options.duration ?? DEFAULT_SECONDS) * 1000,
      onProgress,
    });
    if (flow !== undefined) {
      onProgress({ stage: 'capture', what: options.capture ?? '', done: 0, of: 0, leftMs: 0 });
      const { captureFlow } = await import('../facts/collect/flow-capture.js');
      const more = await knownObjects(objects, options.targets);
      const { problems } = await captureFlow(runner, sink, { node: nodeName(options), cnis, flow, more });
      collected.problems.push(...problems);
    }
    if (key !== undefined) {
      const { redactFiles } = await import('../facts/collect/redact.js');
      for (const file of redactFiles(held, key)) writer.add(file);
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

async function flowOf(text: string): Promise<FlowWords> {
  const { FlowError, parseFlow } = await import('../facts/collect/flow-words.js');
  try {
    return parseFlow(text);
  } catch (error) {
    throw error instanceof FlowError ? new UsageError(sanitize(`${text}: ${error.message}`)) : error;
  }
}

/** What tells of the rest of the cluster: objects that were read just now, else those that the targets are from. */
async function knownObjects(objects: readonly BundleFile[], targets: string | undefined): Promise<BundleEntry[]> {
  if (objects.length > 0 || targets === undefined) {
    return objects.map(({ path, content }) => ({
      path,
      bytes: typeof content === 'string' ? Buffer.from(content) : content,
    }));
  }
  const { readBundles } = await import('../facts/bundle/read-bundles.js');
  return (await readBundles([{ path: targets }])).entries;
}

/** Bytes below which a key is guessed. */
const SHORTEST_KEY = 16;

/** The key under which names and addresses are masked: that of a file, else one that is forgotten afterwards. */
async function keyOf(file: string | undefined): Promise<Uint8Array> {
  if (file === undefined) return (await import('../facts/collect/redact.js')).randomKey();
  const { readFile } = await import('node:fs/promises');
  const key = await readFile(file).catch(() => undefined);
  if (key === undefined || key.length < SHORTEST_KEY) {
    const { chooseLang } = await import('./language.js');
    const { collectWordsOf } = await import('./collect-words.js');
    throw new UsageError(collectWordsOf(chooseLang(undefined, process.env))('badKey', { file: sanitize(file) }));
  }
  return key;
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
    if (stage === 'capture') return progress.step(say('progressCapture', { what: sanitize(what).slice(0, 60) }));
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
