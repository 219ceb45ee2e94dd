import { stringify } from 'yaml';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { BundleContents, BundleEntry } from '../facts/bundle/entry.js';
import { kindOf, partsOf, type Subject } from '../facts/model.js';
import { entryOf, type InterviewPlaces, legOfId, type ReachabilityEntry, splitOnce } from './asked-leg.js';
import type { Answer } from './interview.js';
import { isOutcome, OUTCOMES } from './outcomes.js';
import { commandsOf, outputOfId, type Statement, SYMPTOM, symptomOf, valueOfOutput } from './question-ids.js';

/** The folder of a bundle that holds an interview: its answers as facts, what was pasted, and the list for resuming. */
export const ANSWERS = 'answers';
const LIST = `${ANSWERS}/interview.json`;

/** A saved interview that cannot be read, with why. */
export class UnreadableAnswers extends Error {
  override name = 'UnreadableAnswers';
}

/** An answer that could not be used. */
export interface Refused {
  question: string;
  why: 'no-such-question' | 'no-such-choice' | 'nothing-given';
}

/** What answers say, sorted by how facts.yaml holds it. */
interface Said {
  complaint?: string;
  reachability: ReachabilityEntry[];
  answers: Record<string, boolean | null>;
  statements: { evidence: string; on: Subject; is: boolean }[];
  pasted: { question: string; text: string; path: string }[];
  refused: Refused[];
}

export interface AnswerOptions {
  rulebook: Rulebook;
  lang: Lang;
}

/** What answers come to: files of a bundle, and what of them could not be used. */
export interface TakenAnswers {
  entries: BundleEntry[];
  refused: Refused[];
  /** Which file holds the paste of which question. */
  pasted: readonly { question: string; path: string }[];
}

/**
 * The files that a saved interview holds besides what it started from: the answers as `facts.yaml`, every paste as a
 * terminal session, and the list of the answers for resuming. `podnet diagnose` reads them as it reads any bundle.
 */
export function answersBundle(answers: readonly Answer[], options: AnswerOptions): BundleEntry[] {
  return takeAnswers(answers, options).entries;
}

export function takeAnswers(answers: readonly Answer[], { rulebook, lang }: AnswerOptions): TakenAnswers {
  if (answers.length === 0) return { entries: [], refused: [], pasted: [] };
  const said = whatIsSaid(answers, rulebook, lang);
  const facts: Record<string, unknown> = { version: 1 };
  if (said.complaint !== undefined) facts.complaint = said.complaint;
  if (said.reachability.length > 0) facts.reachability = said.reachability;
  if (Object.keys(said.answers).length > 0) facts.answers = said.answers;
  if (said.statements.length > 0) facts.statements = said.statements;
  const list = { version: 1, answers };
  const entries = [
    file(LIST, `${JSON.stringify(list, null, 1)}\n`),
    ...(Object.keys(facts).length > 1 ? [file(`${ANSWERS}/facts.yaml`, stringify(facts, { lineWidth: 0 }))] : []),
    ...said.pasted.map(({ path, text }) => file(path, text)),
  ];
  return { entries, refused: said.refused, pasted: said.pasted };
}

/** The answers of a saved interview; none where the bundle holds no interview. Throws UnreadableAnswers. */
export function savedAnswers(contents: BundleContents): Answer[] {
  const entry = contents.entries.find(({ path }) => isList(path));
  if (entry === undefined) return [];
  let list: unknown;
  try {
    list = JSON.parse(Buffer.from(entry.bytes).toString('utf8'));
  } catch {
    throw new UnreadableAnswers(`${entry.path}: not JSON: the file is malformed or cut`);
  }
  const answers = isRecord(list) ? list.answers : undefined;
  if (!Array.isArray(answers)) throw new UnreadableAnswers(`${entry.path}: \`answers\` is to be a list`);
  return answers.map((one: unknown, index) => {
    if (!isRecord(one) || typeof one.question !== 'string')
      throw new UnreadableAnswers(`${entry.path}: answer ${index + 1} does not name its question`);
    const answer: Answer = { question: one.question };
    if (typeof one.value === 'string') answer.value = one.value;
    if (typeof one.pasted === 'string') answer.pasted = one.pasted;
    return answer;
  });
}

/** What an interview started from: a saved one's bundle without the interview itself. */
export function withoutAnswers(contents: BundleContents | undefined): BundleContents {
  if (contents === undefined) return { entries: [], problems: [] };
  const list = contents.entries.find(({ path }) => isList(path));
  if (list === undefined) return contents;
  const folder = list.path.slice(0, list.path.length - 'interview.json'.length);
  return { ...contents, entries: contents.entries.filter(({ path }) => !path.startsWith(folder)) };
}

function isList(path: string): boolean {
  return path === LIST || path.endsWith(`/${LIST}`);
}

function whatIsSaid(answers: readonly Answer[], rulebook: Rulebook, lang: Lang): Said {
  const said: Said = { reachability: [], answers: {}, statements: [], pasted: [], refused: [] };
  // The last word on a question counts.
  const last = new Map(answers.map((answer) => [questionOf(answer.question), answer]));
  for (const answer of last.values()) {
    const hasText = answer.pasted !== undefined && answer.pasted.trim() !== '';
    if (hasText && !isQuestion(answer.question, rulebook)) {
      said.refused.push({ question: answer.question, why: 'no-such-question' });
      continue;
    }
    if (hasText) paste(said, answer, rulebook);
    else if (answer.value === undefined) {
      said.refused.push({ question: answer.question, why: 'nothing-given' });
      continue;
    }
    if (answer.value === undefined) continue;
    if (answer.value === 'unknown') {
      if (rulebook.questions.some(({ id }) => id === answer.question)) said.answers[answer.question] = null;
      continue;
    }
    const why = say(said, answer, answer.value, rulebook, lang);
    if (why !== undefined) said.refused.push({ question: answer.question, why });
  }
  return said;
}

/** The opening question is one, whatever nodes its answer names. */
function questionOf(id: string): string {
  return splitOnce(id, '@')[0] === SYMPTOM ? SYMPTOM : id;
}

function isQuestion(id: string, rulebook: Rulebook): boolean {
  return (
    questionOf(id) === SYMPTOM ||
    legOfId(rulebook, id) !== undefined ||
    rulebook.questions.some((question) => question.id === id) ||
    outputOfId(rulebook, id) !== undefined
  );
}

/** Takes down what a choice says; why not, where it cannot be used. */
function say(said: Said, answer: Answer, value: string, rulebook: Rulebook, lang: Lang): Refused['why'] | undefined {
  const { question } = answer;
  if (questionOf(question) === SYMPTOM) {
    const opening = symptomOf(rulebook, question, value);
    if (opening === undefined) return 'no-such-choice';
    said.complaint = opening.symptom.text[lang];
    for (const flow of opening.symptom.flows) {
      const { state, error, pattern, stage } = flow;
      const outcome: Parameters<typeof entryOf>[2] = { state };
      if (error !== undefined) outcome.error = error;
      if (pattern !== undefined) outcome.pattern = pattern;
      if (stage !== undefined) outcome.stage = stage;
      said.reachability.push(entryOf(flow, opening.places, outcome, question));
    }
    return undefined;
  }
  const leg = legOfId(rulebook, question);
  if (leg !== undefined) {
    if (!isOutcome(value)) return 'no-such-choice';
    said.reachability.push(entryOf(leg.question, leg.places, OUTCOMES[value], question));
    return undefined;
  }
  if (rulebook.questions.some(({ id }) => id === question)) {
    if (value !== 'yes' && value !== 'no') return 'no-such-choice';
    said.answers[question] = value === 'yes';
    return undefined;
  }
  const output = outputOfId(rulebook, question);
  if (output === undefined) return 'no-such-question';
  const statements: Statement[] | undefined = valueOfOutput(output, value);
  if (statements === undefined) return 'no-such-choice';
  for (const { evidence, is } of statements) said.statements.push({ evidence: evidence.id, on: output.on, is });
  return undefined;
}

/** A prompt that names its host: `root@n1:~# `, `[root@n1 ~]$ `. */
const HOST_PROMPT = /^\s*\[?[\w.-]+@[\w.-]+[^#$]{0,80}[#$] /m;
const BARE_PROMPT = /^[#$] (?=\S)/gm;

/**
 * Pasted text as a terminal session of the place that it was asked for at, so that it is read as any bundle file is. What
 * names its host itself stays as it is.
 */
function paste(said: Said, answer: Answer, rulebook: Rulebook): void {
  const { question } = answer;
  const number = said.pasted.length + 1;
  const text = `${(answer.pasted ?? '').replace(/\r\n?/g, '\n').replace(/\n*$/, '')}\n`;
  const output = outputOfId(rulebook, question);
  const leg = legOfId(rulebook, question);
  const path = `${ANSWERS}/pasted-${number}.txt`;
  const node = output !== undefined && kindOf(output.on) === 'node' ? partsOf(output.on)[0] : leg?.places.here;
  if (HOST_PROMPT.test(text) || (output === undefined && leg === undefined)) {
    said.pasted.push({ question, path, text });
    return;
  }
  const prompt = node === undefined ? '$ ' : `root@${node}:~# `;
  const commands = output === undefined ? [] : commandsOf(output);
  if (BARE_PROMPT.test(text)) {
    said.pasted.push({ question, path, text: text.replace(BARE_PROMPT, () => prompt) });
    return;
  }
  const [only] = commands;
  if (commands.length === 1 && only !== undefined) {
    said.pasted.push({ question, path, text: `${prompt}${only}\n${text}` });
    return;
  }
  // Outputs without their commands are told by their content.
  said.pasted.push({
    question,
    path: node === undefined ? path : `${ANSWERS}/nodes/${folderName(node)}/pasted-${number}.txt`,
    text,
  });
}

/** A node's name comes from an answer: it names one folder, whatever it holds. */
function folderName(node: string): string {
  return node.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}

function file(path: string, text: string): BundleEntry {
  return { path, bytes: Buffer.from(text) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nodes that the opening answer names, where it names any. */
export function namedPlaces(answers: readonly Answer[], rulebook: Rulebook): Partial<InterviewPlaces> {
  const opening = answers.findLast(({ question }) => questionOf(question) === SYMPTOM);
  if (opening === undefined) return {};
  const known = opening.value === undefined ? undefined : symptomOf(rulebook, opening.question, opening.value);
  return known?.places ?? {};
}
