import type { Cause, Condition, Lang, Rulebook, Step } from './types.js';

/** A line of `podnet rules list`. */
export interface CauseSummary {
  id: string;
  category: string;
  classes: string[];
  scope: Cause['scope'];
  prior: Cause['prior'];
  title: string;
}

export interface EvidenceDescription {
  id: string;
  shows: string;
  direct: boolean;
  elsewhere: string;
  subject: string;
  quantifier?: string;
  statement: string;
  collect: string;
  cost: string;
  when: Condition;
}

export interface StepDescription {
  do: string;
  on?: string;
  run?: string;
  risk?: string;
  undo?: string;
  expect?: string;
}

/** What `podnet rules show` prints: a cause with all that the rulebook knows of it, in one language. */
export interface CauseDescription extends CauseSummary {
  mechanism: string;
  requires: Record<string, string[]>;
  breaks: { leg: string; roles: string[]; as: string[]; how: string; when: Record<string, string[]> }[];
  spares: string[];
  evidence: EvidenceDescription[];
  excludes: { id: string; statement: string }[];
  leadsTo: string[];
  /** Causes that lead to this one. */
  ledToBy: string[];
  explains: string[];
  fix: StepDescription[];
  persist: StepDescription[];
  verify: StepDescription[];
  prevent: StepDescription[];
  references: string[];
  /** Where in the rules it stands, relative to their folder. */
  source: string;
}

function summary(cause: Cause, lang: Lang): CauseSummary {
  return {
    id: cause.id,
    category: cause.category,
    classes: cause.classes,
    scope: cause.scope,
    prior: cause.prior,
    title: cause.title[lang],
  };
}

/** All causes, in the order of the taxonomy's categories, then by id. */
export function listCauses(rulebook: Rulebook, lang: Lang): CauseSummary[] {
  const order = new Map(rulebook.categories.map((category, index) => [category.id, index]));
  return rulebook.causes
    .map((cause) => summary(cause, lang))
    .sort((a, b) => order.get(a.category)! - order.get(b.category)! || (a.id < b.id ? -1 : 1));
}

/** One cause in full; undefined where the rulebook has none of that id. */
export function describeCause(rulebook: Rulebook, id: string, lang: Lang): CauseDescription | undefined {
  const cause = rulebook.causes.find((candidate) => candidate.id === id);
  if (cause === undefined) return undefined;
  const evidence = new Map(rulebook.evidence.map((item) => [item.id, item]));
  const steps = (list: readonly Step[]): StepDescription[] => list.map((step) => stepIn(step, lang));
  return {
    ...summary(cause, lang),
    mechanism: cause.mechanism[lang],
    requires: cause.requires,
    breaks: cause.signature.breaks.map(({ leg, ...rest }) => ({ leg: leg.text, ...rest })),
    spares: cause.signature.spares.map((leg) => leg.text),
    evidence: cause.evidence.map((item) => {
      const { subject, quantifier, elsewhere, statement, collect, cost, when } = evidence.get(item.id)!;
      return {
        ...item,
        elsewhere,
        subject,
        ...(quantifier === undefined ? {} : { quantifier: `${quantifier.how} ${quantifier.of}` }),
        statement: statement[lang],
        collect,
        cost,
        when,
      };
    }),
    excludes: cause.excludes.map((excluded) => ({ id: excluded, statement: evidence.get(excluded)!.statement[lang] })),
    leadsTo: cause.leadsTo,
    ledToBy: rulebook.causes.filter((other) => other.leadsTo.includes(id)).map((other) => other.id),
    explains: cause.explains,
    fix: steps(cause.fix),
    persist: steps(cause.persist),
    verify: steps(cause.verify),
    prevent: steps(cause.prevent),
    references: cause.references,
    source: `${cause.at.file}:${cause.at.line}`,
  };
}

function stepIn(step: Step, lang: Lang): StepDescription {
  const { do: text, expect, ...rest } = step;
  return { do: text[lang], ...rest, ...(expect === undefined ? {} : { expect: expect[lang] }) };
}
