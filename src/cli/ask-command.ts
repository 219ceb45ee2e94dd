import { readFile } from 'node:fs/promises';
import type { Answer, InterviewState } from '../ask/interview.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import { escapeJson, sanitize } from '../report/sanitize.js';
import { type FiledAnswer, parseAnswers } from './ask-answers-file.js';
import { Interviewer } from './ask-interviewer.js';
import { type SaveTarget, saveSession, saveTarget } from './ask-save.js';
import { AskSession } from './ask-session.js';
import { type HeldSignals, holdSignals, isTerminal, Terminal } from './ask-terminal.js';
import { EndOfInput, Interrupted } from './ask-terminal-input.js';
import { type AskSay, askWordsOf } from './ask-words.js';
import { collectWordsOf } from './collect-words.js';
import { answer, type DiagnoseOptions, live } from './diagnose-command.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { readInputs, readStandardInput } from './pipeline.js';
import { Progress } from './progress.js';
import { openRulebook } from './rulebook.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

export interface AskOptions extends DiagnoseOptions {
  bundle?: string[];
  /** A file of answers, or `-`; then nothing is asked. */
  answers?: string;
  /** Prints the open questions as JSON and asks nothing. */
  questions?: boolean;
  save?: string;
  force?: boolean;
}

/** `podnet ask`: questions on standard error, the report on standard output. */
export async function runAsk(options: AskOptions): Promise<ExitStatus> {
  const spoken = chooseLang(options.lang, process.env);
  const say = askWordsOf(spoken);
  refuseWhatClashes(options, say);
  const asks = options.answers === undefined && options.questions !== true && isTerminal();
  const progress = new Progress(process.stderr, options.quiet !== true && process.env.TERM !== 'dumb');
  const rulebook = await openRulebook(options.rules, spoken);
  const filed = options.answers === undefined ? [] : await readAnswers(options.answers, say);
  const target = options.save === undefined ? undefined : await saveTarget(options.save, options, say);
  const held = asks ? holdSignals() : undefined;
  const terminal = held === undefined ? undefined : new Terminal(say, held.signal);
  try {
    const contents = await readBase(options, progress, terminal, held);
    const saved = contents === undefined ? [] : await readSaved(contents);
    const session = new AskSession({ contents, rulebook, lang: spoken }, saved, () => progress.step(say('weighing')));
    for (const { line: _, ...given } of filed) session.replace(given);
    const run = { options, session, target, progress, say };
    return terminal === undefined ? await unasked(run, filed) : await asked(run, terminal);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT.interrupted;
    throw error;
  } finally {
    progress.done();
    held?.letGo();
  }
}

interface Run {
  options: AskOptions;
  session: AskSession;
  target: SaveTarget | undefined;
  progress: Progress;
  say: AskSay;
}

/** Questions in a terminal, then the report. */
async function asked(run: Run, terminal: Terminal): Promise<ExitStatus> {
  const { session, target, progress, say } = run;
  const interviewer = new Interviewer({
    session,
    prompter: terminal.prompter,
    show: (text) => {
      progress.done();
      terminal.show(text);
    },
    screen: () => terminal.screen(),
  });
  let isLeft = false;
  try {
    await interviewer.run();
  } catch (error) {
    if (!(error instanceof EndOfInput) && !(error instanceof Interrupted)) throw error;
    isLeft = error instanceof Interrupted;
    if (!isLeft) terminal.note(say('ended'));
  }
  const kept = target === undefined ? undefined : await keep(session, target, say);
  progress.done();
  if (kept !== undefined) terminal.note(kept.told);
  else if (isLeft) terminal.note(say('unsaved'));
  if (isLeft) return EXIT.interrupted;
  terminal.show('\n');
  const status = await report(run);
  return kept?.failed === true ? EXIT.usage : status;
}

/** Nobody is asked: the report of the answers that were given, or the questions that are open. */
async function unasked(run: Run, filed: readonly FiledAnswer[]): Promise<ExitStatus> {
  const { options, session, target, progress, say } = run;
  const wantsReport = options.questions !== true && options.answers !== undefined;
  // A program reads English, whoever runs it, unless told otherwise.
  const state = await session.in(wantsReport ? session.base.lang : (options.lang ?? 'en')).state();
  const kept = target === undefined ? undefined : await keep(session, target, say);
  progress.done();
  if (kept !== undefined && (kept.failed || options.quiet !== true)) warn(kept.told);
  if (options.quiet !== true) {
    for (const { question, why } of state.refused) {
      const at = filed.find((given) => given.question === question);
      const name = at === undefined ? question : `${answersName(options.answers)}:${at.line}: ${question}`;
      warn(say('refusedOf', { question: name, why }));
    }
  }
  let status: ExitStatus = EXIT.healthy;
  if (options.questions === true) process.stdout.write(questionsJson(state));
  else if (wantsReport || state.question === undefined) status = await report(run);
  else {
    process.stdout.write(questionsJson(state));
    warn(say('noTerminal'));
    status = EXIT.usage;
  }
  return kept?.failed === true ? EXIT.usage : status;
}

/** What `podnet diagnose` prints of the same, with its status. */
async function report({ options, session, progress }: Run): Promise<ExitStatus> {
  const { lang } = session.base;
  const { diagnosis } = await session.in(options.format === 'json' ? (options.lang ?? 'en') : lang).state();
  progress.done();
  return answer(diagnosis, options, wordsOf(lang));
}

/** What is open, for a program. */
function questionsJson({ open, leading, contradictions, refused, done }: InterviewState): string {
  const page = {
    version: 1,
    questions: open,
    leading,
    contradictions,
    refused,
    ...(done === undefined ? {} : { done }),
  };
  return `${escapeJson(JSON.stringify(page, null, 2))}\n`;
}

/** Saves, and says where or why not. */
async function keep(session: AskSession, target: SaveTarget, say: AskSay): Promise<{ told: string; failed: boolean }> {
  try {
    await saveSession(session, target);
    return { told: say('saved', { file: sanitize(target.output) }), failed: false };
  } catch (error) {
    if (error instanceof UsageError) return { told: error.message, failed: true };
    throw error;
  }
}

/** Bundles, and what is collected here now; undefined where there is neither. */
async function readBase(
  options: AskOptions,
  progress: Progress,
  terminal: Terminal | undefined,
  held: HeldSignals | undefined,
): Promise<BundleContents | undefined> {
  const lang = chooseLang(options.lang, process.env);
  const inputs: (string | BundleInput)[] = [...(options.bundle ?? [])];
  if (options.live === true && (terminal === undefined || (await terminal.agreesToProbe()))) {
    // A collection that is ended takes its commands with it.
    held?.letGo();
    inputs.push(await live(options, progress, collectWordsOf(lang)));
    held?.hold();
  }
  if (inputs.length === 0) return undefined;
  progress.step(wordsOf(lang)('progressRead'));
  return readInputs(inputs);
}

async function readSaved(contents: BundleContents): Promise<Answer[]> {
  const { savedAnswers, UnreadableAnswers } = await import('../ask/answers-bundle.js');
  try {
    return savedAnswers(contents);
  } catch (error) {
    throw error instanceof UnreadableAnswers ? new UsageError(sanitize(error.message)) : error;
  }
}

async function readAnswers(file: string, say: AskSay): Promise<FiledAnswer[]> {
  if (file === '-') return parseAnswers(Buffer.from(await readStandardInput()).toString(), answersName(file), say);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(say('answersNoFile', { file: sanitize(file), why: code }));
  }
  return parseAnswers(text, file, say);
}

/** What errors call a file of answers. */
function answersName(file: string | undefined): string {
  return file === undefined || file === '-' ? 'stdin' : file;
}

function refuseWhatClashes(options: AskOptions, say: AskSay): void {
  const stdin = [...(options.bundle ?? []), options.answers].filter((name) => name === '-').length;
  if (stdin > 1) throw new UsageError(say('stdinTwice'));
  if (stdin === 1 && process.stdin.isTTY) {
    throw new UsageError(
      options.answers === '-'
        ? say('answersTerminal')
        : wordsOf(chooseLang(options.lang, process.env))('stdinTerminal'),
    );
  }
}

function warn(text: string): void {
  process.stderr.write(`podnet: ${sanitize(text)}\n`);
}
