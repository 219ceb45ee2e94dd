import type { Break, Cause, Condition, Evidence, FactDefinition, Rulebook } from '../../src/engine/rulebook/types.js';
import type { LegPattern } from '../../src/facts/leg.js';
import { parseLegPattern } from '../../src/facts/leg.js';
import type { Scalar, Subject } from '../../src/facts/model.js';

const NOWHERE = { file: 'test', line: 1, column: 1 };
const text = (en: string) => ({ en, zh: en });

export function leg(pattern: string): LegPattern {
  const parsed = parseLegPattern(pattern);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.pattern;
}

export function breaks(pattern: string, more: Partial<Break> = {}): Break {
  return { leg: leg(pattern), roles: [], as: [], how: 'always', peers: 'all', when: {}, ...more };
}

export function factsOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(factsOf);
  if ('any' in condition) return condition.any.flatMap(factsOf);
  if ('not' in condition) return factsOf(condition.not);
  return [condition.fact];
}

export function evidence(id: string, when: Condition, more: Partial<Evidence> = {}): Evidence {
  return {
    id,
    subject: 'node',
    when,
    elsewhere: 'rare',
    statement: text(id),
    collect: `look ${id}`,
    cost: 'look',
    facts: [...new Set(factsOf(when))],
    at: NOWHERE,
    ...more,
  };
}

export function cause(id: string, more: Partial<Cause> = {}): Cause {
  return {
    id,
    category: 'unreachable',
    classes: ['unreachable'],
    scope: 'node',
    requires: {},
    prior: 'normal',
    title: text(id),
    mechanism: text(id),
    signature: { breaks: [], spares: [] },
    evidence: [],
    excludes: [],
    leadsTo: [],
    explains: [],
    fix: [],
    persist: [],
    verify: [],
    prevent: [],
    references: [],
    at: NOWHERE,
    ...more,
  };
}

export function fact(
  name: string,
  type: FactDefinition['type'],
  subject: FactDefinition['subject'] = 'node',
): FactDefinition {
  return { name, type, subject, from: 'derivation x', about: name };
}

export function rulebook(parts: Partial<Rulebook>): Rulebook {
  return {
    version: 1,
    digest: 'sha256:test',
    categories: [],
    classes: [],
    facts: [],
    evidence: [],
    causes: [],
    cnis: [],
    questions: [],
    legQuestions: [],
    symptoms: [],
    firstLooks: [],
    ...parts,
  };
}

/** Facts as tests write them: subject, name, value. */
export type FactRow = [Subject, string, Scalar];
