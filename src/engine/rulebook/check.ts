import { createHash } from 'node:crypto';
import { isMap } from 'yaml';
import { indistinguishable, leadsToCycles } from './between-causes.js';
import { causeShape, readCause } from './cause-file.js';
import { readCnis } from './cnis-file.js';
import { parseRuleFile, type RuleDocument, type RuleFile } from './document.js';
import { readEvidence } from './evidence-file.js';
import { readFacts } from './facts-file.js';
import { lintRulebook } from './lint.js';
import { Declared, mapsOf, type Names } from './names.js';
import { readQuestions } from './questions-file.js';
import { Reading } from './schema.js';
import { oneOf } from './suggest.js';
import { readTaxonomy } from './taxonomy-file.js';
import type { Cause, Evidence, FactDefinition, Rulebook, RulebookProblem } from './types.js';

export interface CheckedRulebook {
  /** Absent where a problem is an error. */
  rulebook?: Rulebook;
  /** Errors and warnings, by file and place. */
  problems: RulebookProblem[];
}

type Place =
  | { kind: 'facts' | 'taxonomy' | 'questions' | 'cnis' | 'evidence' }
  | { kind: 'cause'; category: string; id: string };

/** What a file is for, by where it stands in the rulebook's folder. */
function placeOf(path: string): Place | undefined {
  const single = /^(facts|taxonomy|questions|cnis)\.yaml$/.exec(path);
  if (single !== null) return { kind: single[1] as 'facts' | 'taxonomy' | 'questions' | 'cnis' };
  if (/^evidence\/[^/]+\.yaml$/.test(path)) return { kind: 'evidence' };
  const cause = /^causes\/([^/]+)\/([^/]+)\.yaml$/.exec(path);
  return cause === null ? undefined : { kind: 'cause', category: cause[1]!, id: cause[2]! };
}

const PLACES = [
  'facts.yaml',
  'taxonomy.yaml',
  'questions.yaml',
  'cnis.yaml',
  'evidence/<area>.yaml',
  'causes/<category>/<id>.yaml',
];

/** Same rules, same digest, wherever the folder stands and in whatever order it is listed. */
function digestOf(files: readonly RuleFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of files)
    hash.update(`${Buffer.byteLength(path)} ${path} ${Buffer.byteLength(text)} ${text}`);
  return `sha256:${hash.digest('hex')}`;
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * Makes a rulebook of its files and tells every mistake in them: syntax, shape, vocabulary, names, and what the causes
 * are to each other. Pure: paths are relative to the rulebook's folder, texts are given. Never throws.
 *
 * Where the YAML of a file that declares names is broken, or the file is missing, that alone is told: every mention of its
 * names would be a mistake too. The name of a cause stands in its path, so a broken one hides nothing else.
 */
export function checkRulebook(files: readonly RuleFile[]): CheckedRulebook {
  const problems: RulebookProblem[] = [];
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const documents: { place: Place; document: RuleDocument }[] = [];
  const brokenCauses: string[] = [];
  let namesKnown = true;
  for (const file of sorted) {
    const place = placeOf(file.path);
    if (place === undefined) {
      const message = `no file of a rulebook: expected ${oneOf(PLACES)}`;
      problems.push({ file: file.path, line: 1, column: 1, severity: 'error', message });
      continue;
    }
    const document = parseRuleFile(file, problems);
    if (document !== undefined) documents.push({ place, document });
    else if (place.kind === 'cause') brokenCauses.push(place.id);
    else if (place.kind !== 'questions' && place.kind !== 'cnis') namesKnown = false;
  }
  for (const needed of ['facts', 'taxonomy'] as const) {
    const path = `${needed}.yaml`;
    if (sorted.some((file) => file.path === path)) continue;
    problems.push({ file: path, line: 1, column: 1, severity: 'error', message: 'missing: a rulebook needs it' });
    namesKnown = false;
  }
  if (!namesKnown) return { problems: inOrder(problems) };

  const content = read(documents, brokenCauses, problems);
  if (problems.length === 0) problems.push(...leadsToCycles(content.causes), ...indistinguishable(content.causes));
  if (problems.length > 0) return { problems: inOrder(problems) };

  const rulebook: Rulebook = { version: 1, digest: digestOf(sorted), ...content };
  return { rulebook, problems: inOrder(lintRulebook(rulebook)) };
}

function inOrder(problems: readonly RulebookProblem[]): RulebookProblem[] {
  return [...problems].sort((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1);
  });
}

type Documents = readonly { place: Place; document: RuleDocument }[];

function read(
  documents: Documents,
  brokenCauses: readonly string[],
  problems: RulebookProblem[],
): Omit<Rulebook, 'version' | 'digest'> {
  const names = declare(documents, brokenCauses, problems);
  const cause = causeShape(names);
  const causes: Cause[] = [];
  const evidence: Evidence[] = [];
  let asked: ReturnType<typeof readQuestions> = { questions: [], legQuestions: [], symptoms: [], firstLooks: [] };
  let taxonomy: Pick<Rulebook, 'categories' | 'classes'> | undefined;
  let cnis: Rulebook['cnis'] = [];
  for (const { place, document } of documents) {
    const reading = new Reading(document, problems);
    if (place.kind === 'taxonomy') taxonomy = readTaxonomy(document.root, names.causes, reading);
    else if (place.kind === 'questions') asked = readQuestions(document.root, names, reading);
    else if (place.kind === 'cnis') cnis = readCnis(document.root, reading);
    else if (place.kind === 'evidence') evidence.push(...readEvidence(document.root, names, reading));
    else if (place.kind === 'cause') {
      const one = readCause(document.root, place, cause, reading);
      if (one !== undefined) causes.push(one);
    }
  }
  return {
    categories: taxonomy?.categories ?? [],
    classes: taxonomy?.classes ?? [],
    facts: [...names.facts.values()].filter((fact): fact is FactDefinition => fact !== undefined),
    evidence: evidence.sort(byId),
    causes: causes.sort(byId),
    cnis,
    ...asked,
  };
}

/**
 * What the files declare, duplicates reported. Evidence and questions of all kinds share a namespace: the next step of a
 * diagnosis and the answers to a questionnaire are named by the id of any.
 */
function declare(documents: Documents, brokenCauses: readonly string[], problems: RulebookProblem[]): Names {
  const fact = new Declared('fact', problems);
  const askable = new Declared('evidence or question', problems);
  const evidence = new Declared('evidence', []);
  const cause = new Declared('cause', problems);
  const category = new Declared('category', problems);
  const documentedClass = new Declared('class', problems);
  let facts: Names['facts'] = new Map();
  for (const { place, document } of documents) {
    const { root } = document;
    switch (place.kind) {
      case 'facts':
        for (const map of mapsOf(root, 'facts')) fact.add(document, map, 'name');
        facts = readFacts(root, new Reading(document, problems));
        break;
      case 'evidence':
        for (const map of mapsOf(root)) {
          askable.add(document, map);
          evidence.add(document, map);
        }
        break;
      case 'questions':
        for (const key of ['questions', 'legs', 'symptoms'])
          for (const map of mapsOf(root, key)) askable.add(document, map);
        break;
      case 'cause':
        if (isMap(root)) cause.add(document, root);
        break;
      case 'taxonomy':
        for (const map of mapsOf(root, 'categories')) category.add(document, map);
        for (const map of mapsOf(root, 'classes')) documentedClass.add(document, map);
        break;
    }
  }
  return {
    facts,
    evidence: evidence.names(),
    causes: [...cause.names(), ...brokenCauses],
    categories: category.names(),
    classes: documentedClass.names(),
  };
}
