import { Engine, type RuleProperties } from 'json-rules-engine';
import type { Scalar, Subject, SubjectKind } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { and, not, or, type Verdict } from './kleene.js';
import type { Evidence, FactDefinition, FactType, Rulebook } from './rulebook/types.js';
import { versionRange, withinVersions } from './rulebook/version-range.js';

/** How subjects hang together, as the topology knows it: the judge asks for the children of a quantifier. */
export interface Kinship {
  /** Subjects of a kind that belong to `subject`: the pods of a node, the nodes of the cluster. */
  children(subject: Subject, kind: SubjectKind): readonly Subject[];
  /** Whether a symptom passes the subject; undefined where no flow does. */
  failing(subject: Subject): boolean | undefined;
}

/** Verdicts of every evidence on every subject of its kind. */
export class Judgement {
  readonly #verdicts = new Map<string, Map<Subject, Verdict>>();

  set(evidence: string, subject: Subject, verdict: Verdict): void {
    // Most evidence is unknown on most subjects: what is not kept is unknown.
    if (verdict === 'unknown') return;
    let subjects = this.#verdicts.get(evidence);
    if (subjects === undefined) {
      subjects = new Map();
      this.#verdicts.set(evidence, subjects);
    }
    subjects.set(subject, verdict);
  }

  verdict(evidence: string, subject: Subject): Verdict {
    return this.#verdicts.get(evidence)?.get(subject) ?? 'unknown';
  }

  /** Subjects on which an evidence is present, in the order they were judged. */
  presentOn(evidence: string): Subject[] {
    return [...(this.#verdicts.get(evidence) ?? [])]
      .filter(([, verdict]) => verdict === 'present')
      .map(([subject]) => subject);
  }
}

/** A condition of a rule's result, as json-rules-engine 7 hands it back. */
interface EvaluatedCondition {
  all?: EvaluatedCondition[];
  any?: EvaluatedCondition[];
  not?: EvaluatedCondition;
  result?: boolean;
  factResult?: unknown;
}

/**
 * Judges all evidence. json-rules-engine evaluates every condition's leaves; the verdict of the tree is ours, because the
 * engine takes an unknown fact for one that differs: with it `notEqual`, `notIn` and `not` would fire on absent data.
 * Subjects whose referenced facts are equal are judged once.
 */
export async function judge(
  rulebook: Rulebook,
  store: FactStore,
  subjects: (kind: SubjectKind) => readonly Subject[],
  kinship: Kinship,
): Promise<Judgement> {
  const judgement = new Judgement();
  const types = new Map(rulebook.facts.map((fact) => [fact.name, fact]));
  const byKind = new Map<SubjectKind, Evidence[]>();
  for (const evidence of rulebook.evidence) {
    const kind = evidence.quantifier?.of ?? evidence.subject;
    const list = byKind.get(kind);
    if (list === undefined) byKind.set(kind, [evidence]);
    else list.push(evidence);
  }
  for (const [kind, evidences] of byKind)
    await judgeKind(judgement, kind, evidences, store, types, kind === 'cluster' ? [CLUSTER] : subjects(kind));
  for (const evidence of rulebook.evidence) {
    if (evidence.quantifier === undefined) continue;
    const parents = evidence.subject === 'cluster' ? [CLUSTER] : subjects(evidence.subject);
    const verdicts = parents.map((parent) => quantify(judgement, evidence, parent, kinship));
    parents.forEach((parent, index) => {
      const verdict = verdicts[index]!;
      judgement.set(evidence.id, parent, verdict === 'unknown' ? statementOn(store, evidence.id, parent) : verdict);
    });
  }
  return judgement;
}

async function judgeKind(
  judgement: Judgement,
  kind: SubjectKind,
  evidences: readonly Evidence[],
  store: FactStore,
  types: ReadonlyMap<string, FactDefinition>,
  subjects: readonly Subject[],
): Promise<void> {
  if (subjects.length === 0) return;
  const engine = new Engine([], { allowUndefinedFacts: true });
  engine.addOperator('versionWithin', (fact: unknown, range: unknown) => {
    const read = typeof fact === 'string' && typeof range === 'string' ? versionRange(range) : undefined;
    return read !== undefined && withinVersions(fact as string, read);
  });
  engine.addOperator('notEmpty', (fact: unknown, wanted: unknown) => Array.isArray(fact) && fact.length > 0 === wanted);
  for (const evidence of evidences) {
    const root =
      'all' in evidence.when || 'any' in evidence.when || 'not' in evidence.when
        ? evidence.when
        : { all: [evidence.when] };
    // The rulebook's loader has checked operators, facts and values against the catalogue.
    engine.addRule({ name: evidence.id, conditions: root, event: { type: evidence.id } } as RuleProperties);
  }
  const names = [...new Set(evidences.flatMap((evidence) => evidence.facts))].sort();
  const vectors = new Map<string, ReadonlyMap<string, Verdict>>();
  for (const subject of subjects) {
    const facts: Record<string, Scalar> = {};
    let key = '';
    for (const name of names) {
      const value = typedValue(store, subject, name, types.get(name));
      if (value !== undefined) facts[name] = value;
      key += value === undefined ? '\u0001' : `${JSON.stringify(value)}\u0001`;
    }
    let verdicts = vectors.get(key);
    if (verdicts === undefined) {
      verdicts = await judgeVector(engine, facts);
      vectors.set(key, verdicts);
    }
    for (const evidence of evidences) {
      const verdict = verdicts.get(evidence.id) ?? 'unknown';
      const known = verdict === 'unknown' ? statementOn(store, evidence.id, subject) : verdict;
      judgement.set(judgedAs(evidence, kind), subject, known);
    }
  }
}

/** What a person says of an evidence whose facts nobody gave: what was measured comes first. */
export function statementOn(store: FactStore, evidence: string, subject: Subject): Verdict {
  const said = store.value(subject, `statement.${evidence}`);
  return typeof said !== 'boolean' ? 'unknown' : said ? 'present' : 'absent';
}

/** Where a quantifier lifts an evidence to another kind, the children's verdicts are kept apart from the lifted one. */
function judgedAs(evidence: Evidence, kind: SubjectKind): string {
  return evidence.quantifier === undefined ? evidence.id : `${evidence.id}\u0000${kind}`;
}

async function judgeVector(engine: Engine, facts: Record<string, Scalar>): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const { results, failureResults } = await engine.run(facts);
  for (const result of [...results, ...failureResults])
    verdicts.set(result.name, verdictOf(result.conditions as EvaluatedCondition));
  return verdicts;
}

function verdictOf(condition: EvaluatedCondition): Verdict {
  if (condition.all !== undefined) return and(condition.all.map(verdictOf));
  if (condition.any !== undefined) return or(condition.any.map(verdictOf));
  if (condition.not !== undefined) return not(verdictOf(condition.not));
  if (condition.factResult === undefined) return 'unknown';
  return condition.result === true ? 'present' : 'absent';
}

/**
 * The value of a fact for a subject, typed by the catalogue. A fact of the cluster holds for all its parts, unless the
 * part has its own. A value of another type than the catalogue's is as good as none: the engine would compare `"10" > 5`.
 */
export function typedValue(
  store: FactStore,
  subject: Subject,
  name: string,
  definition: FactDefinition | undefined,
): Scalar | undefined {
  const value = store.value(subject, name) ?? (subject === CLUSTER ? undefined : store.value(CLUSTER, name));
  if (value === undefined || definition === undefined) return undefined;
  return isOfType(value, definition.type) ? value : undefined;
}

function isOfType(value: Scalar, type: FactType): boolean {
  if (type === 'list') return Array.isArray(value);
  const typed: Record<Exclude<FactType, 'list'>, boolean> = {
    boolean: typeof value === 'boolean',
    number: typeof value === 'number',
    string: typeof value === 'string',
  };
  return typed[type];
}

function quantify(judgement: Judgement, evidence: Evidence, parent: Subject, kinship: Kinship): Verdict {
  const { how, of } = evidence.quantifier!;
  const children = kinship.children(parent, of);
  if (children.length === 0) return 'unknown';
  const verdictOfChild = (child: Subject): Verdict => judgement.verdict(judgedAs(evidence, of), child);
  if (how === 'some') return or(children.map(verdictOfChild));
  if (how === 'every') return and(children.map(verdictOfChild));
  const failing = children.filter((child) => kinship.failing(child) === true);
  const working = children.filter((child) => kinship.failing(child) === false);
  if (failing.length === 0 || working.length === 0) return 'unknown';
  return and([...failing.map(verdictOfChild), ...working.map((child) => not(verdictOfChild(child)))]);
}
