import { parentPort, workerData } from 'node:worker_threads';
import { savedAnswers, UnreadableAnswers } from '../ask/answers-bundle.js';
import type { Answer } from '../ask/interview.js';
import { interview } from '../ask/interview-state.js';
import type { Diagnosis } from '../engine/diagnosis.js';
import { loadCompiledRulebook } from '../engine/rulebook/compiled.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import { readBundles } from '../facts/bundle/read-bundles.js';
import { WalkWordsError } from '../facts/walk/request-words.js';
import type { WalkedFlow } from '../facts/walk/walked-flow.js';
import { diagnoseUnderstood, understandContents } from '../pipeline/diagnose-bundles.js';
import { BundleWalks } from '../pipeline/walk-bundles.js';
import { renderJson } from '../report/json.js';
import { renderMarkdown } from '../report/markdown.js';
import { renderText } from '../report/text.js';
import { renderWalks } from '../report/walk-answer.js';
import { FACTS_SCHEMA } from './facts-schema.js';
import type { Format } from './negotiate.js';
import type { FieldFault } from './problem.js';
import type {
  DiagnoseResult,
  DiagnoseTask,
  FromWorker,
  ResultOf,
  Summary,
  Task,
  TaskRefusal,
  ToWorker,
  Upload,
  WalkTask,
  WorkerSetup,
} from './tasks.js';
import { faultsOf } from './validate.js';

/**
 * The thread in which everything that strangers sent is read and judged, one task after the other. Its parent may end it
 * at any time.
 */

/** Columns of a page that nobody's terminal sets, as on the command line. */
const WIDTH = 80;
/** Pairs of cause and subject by which a diagnosis is found again. */
const MAX_FOUND = 500;

const port = parentPort;
if (port === null) throw new Error('diagnose-worker is a worker thread');
const setup = workerData as WorkerSetup;
const rulebook = loadCompiledRulebook(setup.rulebookFile);

class Refused extends Error {
  readonly refusal: TaskRefusal;

  constructor(refusal: TaskRefusal) {
    super(refusal.word);
    this.refusal = refusal;
  }
}

async function contentsOf(uploads: readonly Upload[], strict: boolean): Promise<BundleContents> {
  if (strict) for (const { bytes } of uploads) checkFacts(bytes);
  return readBundles(
    uploads.map(({ name, bytes }) => ({ stdin: bytes, name })),
    { limits: { totalBytes: setup.inputBytes, entryBytes: setup.inputBytes, entries: 50_000 } },
  );
}

function checkFacts(bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refused({ status: 400, word: 'not-json', faults: [] });
  }
  const faults = faultsOf(FACTS_SCHEMA, value);
  if (faults.length > 0) throw new Refused({ status: 422, word: 'invalid-fields', faults });
}

function rendered(diagnosis: Diagnosis, format: Format, top: number | undefined): string {
  if (format === 'json') return renderJson({ ...diagnosis, diagnoses: diagnosis.diagnoses.slice(0, top) });
  const limit = top === undefined ? {} : { top };
  if (format === 'markdown') return renderMarkdown(diagnosis, limit);
  return renderText(diagnosis, { color: false, width: WIDTH, ...limit });
}

async function diagnosed(task: DiagnoseTask): Promise<DiagnoseResult> {
  const contents = await contentsOf(task.uploads, task.strict);
  const understanding = await understandContents(contents, rulebook);
  const diagnosis = await diagnoseUnderstood(understanding, { rulebook, lang: task.lang });
  const json = Buffer.from(renderJson(diagnosis));
  const summary = summaryOf(diagnosis);
  if (task.format === 'json' && task.top === undefined) return { json, summary };
  return { json, summary, answer: Buffer.from(rendered(diagnosis, task.format, task.top)) };
}

function summaryOf({ outcome, verdict, diagnoses, alsoFound, notFaults }: Diagnosis): Summary {
  // What may be behind a symptom is not what was found.
  const ranked = outcome === 'insufficient' ? [] : diagnoses;
  const found = [...ranked, ...alsoFound].flatMap(({ cause, subjects }) =>
    (subjects.length === 0 ? ['cluster'] : subjects).map((subject) => ({ cause, subject })),
  );
  for (const { id } of notFaults) found.push({ cause: id, subject: 'cluster' });
  return { outcome, verdict, found: found.slice(0, MAX_FOUND) };
}

async function walked(task: WalkTask): Promise<ResultOf['walk']> {
  const contents = await contentsOf(task.uploads, task.strict);
  const walks = new BundleWalks(await understandContents(contents, rulebook));
  const options = { color: false, width: WIDTH, lang: task.lang, verbose: task.verbose === true, format: task.format };
  const chunks: Buffer[] = [];
  for await (const piece of renderWalks(walksAsked(walks, task), { ...options, tried: walks.tried.flows }))
    chunks.push(Buffer.from(piece));
  return { answer: Buffer.concat(chunks) };
}

function walksAsked(walks: BundleWalks, { flow, all }: WalkTask): Iterable<WalkedFlow> {
  if (flow === undefined) return walks.ofBundle(all === true);
  try {
    return [walks.byWords(flow)];
  } catch (error) {
    if (!(error instanceof WalkWordsError)) throw error;
    const faults: FieldFault[] = [{ field: error.end, word: 'no-end-here' }];
    throw new Refused({ status: 422, word: 'invalid-fields', faults });
  }
}

async function resultOf(task: Task): Promise<ResultOf[Task['kind']]> {
  if (task.kind === 'diagnose') return diagnosed(task);
  if (task.kind === 'walk') return walked(task);
  if (task.kind === 'render') {
    const diagnosis = JSON.parse(Buffer.from(task.json).toString('utf8')) as Diagnosis;
    return { answer: Buffer.from(rendered(diagnosis, task.format, task.top)) };
  }
  const base = task.uploads.length === 0 ? undefined : await contentsOf(task.uploads, task.strict);
  const before = base === undefined ? [] : answersBefore(base);
  return { state: await interview(base, [...before, ...task.answers], { rulebook, lang: task.lang }) };
}

/** The answers of a saved interview that was handed in. */
function answersBefore(base: BundleContents): Answer[] {
  try {
    return savedAnswers(base);
  } catch (error) {
    if (!(error instanceof UnreadableAnswers)) throw error;
    const faults: FieldFault[] = [{ field: 'answers', word: 'wrong-shape' }];
    throw new Refused({ status: 422, word: 'invalid-fields', faults });
  }
}

function answer(message: FromWorker): void {
  port!.postMessage(message);
}

port.on('message', ({ id, task }: ToWorker) => {
  resultOf(task).then(
    (result) => answer({ id, result }),
    (error: unknown) => {
      if (error instanceof Refused) answer({ id, refused: error.refusal });
      else answer({ id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
// Modules that a diagnosis loads when it needs them are to be there before the first request.
await warmUp();
answer({ ready: true });

async function warmUp(): Promise<void> {
  const facts = Buffer.from(
    '{"version":1,"reachability":[{"from":{"kind":"node","node":"a"},"to":{"kind":"node","node":"b"},"proto":"icmp","ok":true}]}',
  );
  for (const format of ['json', 'markdown', 'text'] as const) {
    await diagnosed({
      kind: 'diagnose',
      uploads: [{ name: 'facts.json', bytes: facts }],
      strict: true,
      lang: 'en',
      format,
    });
  }
}
