import { open } from 'node:fs/promises';
import type { Lang } from '../engine/rulebook/types.js';
import type { WalkVerdict } from '../facts/walk/result.js';
import type { WalkedFlow } from '../facts/walk/walked-flow.js';
import type { BundleWalks } from '../pipeline/walk-bundles.js';
import { sanitize } from '../report/sanitize.js';
import { wantsColor } from './diagnose-command.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { pageWidth } from './page-width.js';
import { readStandardInput, understandBundles } from './pipeline.js';
import { Progress } from './progress.js';
import { openRulebook } from './rulebook.js';
import { UsageError } from './usage-error.js';
import { type WalkCliSay, walkCliWordsOf, walkWordsFaultText } from './walk-words.js';
import { wordsOf } from './words.js';

export interface WalkOptions {
  from?: string;
  to?: string;
  /** Bytes at IP level. */
  size?: number;
  flows?: string;
  all?: boolean;
  format: 'text' | 'json';
  lang?: Lang;
  verbose?: boolean;
  rules?: string;
  quiet?: boolean;
}

/** A list of flows larger than this is not read: a million entries take about a hundred bytes each. */
const MAX_FLOWS_BYTES = 128 * 1024 * 1024;
/** Flows between two progress lines, and between two turns for signals. */
const BREATH = 200;
const SHOWN_WARNINGS = 20;

/** `podnet walk`: what the collected state does with packets; the answer on standard output, warnings on standard error. */
export async function runWalk(bundles: readonly string[], options: WalkOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = walkCliWordsOf(lang);
  refuseContradictions(bundles, options, say);
  if (bundles.includes('-') && process.stdin.isTTY) throw new UsageError(wordsOf(lang)('stdinTerminal'));
  const progress = new Progress(process.stderr, options.quiet !== true);
  const onInterrupt = (): void => progress.done();
  process.prependOnceListener('SIGINT', onInterrupt);
  try {
    const rulebook = await openRulebook(options.rules, lang);
    const listed = options.flows === undefined ? undefined : await flowsOf(options.flows, options, say);
    const stages = wordsOf(lang);
    const understanding = await understandBundles(bundles, {
      rulebook,
      onStage: (stage) => progress.step(stages(stage === 'read' ? 'progressRead' : 'progressFacts')),
    });
    const { BundleWalks } = await import('../pipeline/walk-bundles.js');
    const walks = new BundleWalks(understanding);
    const asked = await askedOf(walks, options, listed, say);
    const count = new Verdicts();
    const told = paced(count.counting(asked), (n) => progress.step(say('progress', { n })));
    const { renderWalks } = await import('../report/walk-answer.js');
    const page = { color: wantsColor(), width: pageWidth(), lang, verbose: options.verbose === true };
    await write(renderWalks(told, { ...page, format: options.format, tried: walks.tried.flows }), progress);
    progress.done();
    return count.status(walks.tried.flows);
  } finally {
    progress.done();
    process.off('SIGINT', onInterrupt);
  }
}

function refuseContradictions(bundles: readonly string[], options: WalkOptions, say: WalkCliSay): void {
  const { from, to, flows, all, size } = options;
  const ends = from !== undefined || to !== undefined;
  if (ends && flows !== undefined) throw new UsageError(say('notBoth'));
  if (from === undefined && to !== undefined) throw new UsageError(say('bothEnds', { what: '--from' }));
  if (to === undefined && from !== undefined) throw new UsageError(say('bothEnds', { what: '--to' }));
  if (all === true && (ends || flows !== undefined)) throw new UsageError(say('allAlone'));
  if (size !== undefined && !ends) throw new UsageError(say('sizeAlone'));
  if (flows === '-' && bundles.includes('-')) throw new UsageError(say('stdinTwice'));
}

interface Listed {
  file: string;
  flows: import('../facts/walk/flows-file.js').ListedFlow[];
}

/** The flows of a list; entries that are wrong are told. Throws UsageError where there is no list. */
async function flowsOf(path: string, { quiet }: WalkOptions, say: WalkCliSay): Promise<Listed> {
  if (path === '-' && process.stdin.isTTY) throw new UsageError(say('flowsUnreadable', { file: '-', why: 'TTY' }));
  const { readFlowsFile } = await import('../facts/walk/flows-file.js');
  const file = sanitize(path);
  const { flows, problems } = readFlowsFile(await textOf(path, file, say));
  const first = problems[0];
  if (flows.length === 0 && first !== undefined)
    throw new UsageError(say('flowsNone', { file, line: first.line, message: sanitize(first.message) }));
  const wrong = flows.flatMap((flow) =>
    'wrong' in flow ? [{ line: flow.line, message: `the entry ${flow.wrong}` }] : [],
  );
  if (quiet !== true) {
    const all = [...problems, ...wrong];
    for (const { line, message } of all.slice(0, SHOWN_WARNINGS)) warn(`${file}:${line}: ${sanitize(message)}`, say);
    if (all.length > SHOWN_WARNINGS) warn(say('moreWarnings', { n: all.length - SHOWN_WARNINGS, file }), say);
  }
  return { file: path, flows };
}

function warn(message: string, say: WalkCliSay): void {
  process.stderr.write(`podnet: ${say('warning', { message })}\n`);
}

async function textOf(path: string, file: string, say: WalkCliSay): Promise<string> {
  const tooLarge = (): UsageError => new UsageError(say('flowsTooLarge', { file, mb: MAX_FLOWS_BYTES / 1024 / 1024 }));
  if (path === '-') {
    const bytes = await readStandardInput();
    if (bytes.length > MAX_FLOWS_BYTES) throw tooLarge();
    return new TextDecoder().decode(bytes);
  }
  try {
    const handle = await open(path);
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      // A pipe tells no size, so it is counted.
      for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_FLOWS_BYTES) throw tooLarge();
        chunks.push(chunk);
      }
      return new TextDecoder().decode(Buffer.concat(chunks));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    throw new UsageError(say('flowsUnreadable', { file, why: sanitize(why) }));
  }
}

async function askedOf(
  walks: BundleWalks,
  { from, to, size, all }: WalkOptions,
  listed: Listed | undefined,
  say: WalkCliSay,
): Promise<Iterable<WalkedFlow>> {
  if (listed !== undefined) return walks.listed(listed.flows, listed.file);
  if (from === undefined || to === undefined) return walks.ofBundle(all === true);
  const { WalkWordsError } = await import('../facts/walk/request-words.js');
  try {
    return [walks.byWords(size === undefined ? { from, to } : { from, to, size })];
  } catch (error) {
    if (!(error instanceof WalkWordsError)) throw error;
    const known = error.known.map(sanitize).join(', ');
    throw new UsageError(walkWordsFaultText(error.code, sanitize(error.what), known, say));
  }
}

/** Counts verdicts as they pass. */
class Verdicts {
  readonly #seen = new Map<WalkVerdict, number>();

  *counting(walks: Iterable<WalkedFlow>): Generator<WalkedFlow> {
    for (const walked of walks) {
      const verdict = 'result' in walked ? walked.result.verdict : 'unknown';
      this.#seen.set(verdict, (this.#seen.get(verdict) ?? 0) + 1);
      yield walked;
    }
  }

  /** Where nothing was walked: healthy if something was tried and worked, else too little to tell. */
  status(tried: number): ExitStatus {
    if (this.#seen.has('dropped') || this.#seen.has('varies')) return EXIT.diagnosed;
    if (this.#seen.has('unknown')) return EXIT.insufficient;
    return this.#seen.has('delivered') || tried > 0 ? EXIT.healthy : EXIT.insufficient;
  }
}

/** Lets signals have their turn, and tells how far it is. */
async function* paced(walks: Iterable<WalkedFlow>, tell: (n: number) => void): AsyncGenerator<WalkedFlow> {
  let n = 0;
  for (const walked of walks) {
    yield walked;
    n += 1;
    if (n % BREATH !== 0) continue;
    tell(n);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** At the pace of who reads: a list may be long. */
async function write(pieces: AsyncIterable<string>, progress: Progress): Promise<void> {
  for await (const piece of pieces) {
    progress.done();
    if (!process.stdout.write(piece)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}
