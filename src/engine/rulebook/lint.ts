import { lintCompleteness } from './lint-completeness.js';
import { lintQuestions } from './lint-questions.js';
import { suggest } from './suggest.js';
import type { Position, Rulebook, RulebookProblem } from './types.js';

/**
 * What loads and is probably not meant: for `podnet rules lint`. Warnings stand at the evidence, cause or catalogue they
 * are about.
 */
export function lintRulebook(rulebook: Rulebook): RulebookProblem[] {
  const warnings: RulebookProblem[] = [];
  const warn = (at: Position, message: string): void => {
    warnings.push({ ...at, severity: 'warning', message });
  };
  lintEvidence(rulebook, warn);
  lintCauses(rulebook, warn);
  lintTaxonomy(rulebook, warn);
  lintCatalogue(rulebook, warn);
  lintQuestions(rulebook, warn);
  lintCompleteness(rulebook, warn);
  return warnings;
}

type Warn = (at: Position, message: string) => void;

/**
 * Logs are read where they are given, answers come from questions, and the walk is made over all that there is: what it lacks,
 * evidence of its own asks for. Nobody collects those by a command, or can be asked for them.
 */
const BY_NO_COMMAND: ReadonlySet<string> = new Set(['log', 'answer', 'derivation walks']);

function lintEvidence(rulebook: Rulebook, warn: Warn): void {
  const used = new Set(
    rulebook.causes.flatMap((cause) => [...cause.evidence.map((item) => item.id), ...cause.excludes]),
  );
  const facts = new Map(rulebook.facts.map((fact) => [fact.name, fact]));
  const groups = new Map<string, number>();
  for (const { group } of rulebook.evidence) if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
  for (const evidence of rulebook.evidence) {
    if (!used.has(evidence.id)) warn(evidence.at, `evidence "${evidence.id}" is used by no cause`);
    const collectable = evidence.facts.some((name) => !BY_NO_COMMAND.has(facts.get(name)?.from ?? 'log'));
    if (evidence.collect === '' && collectable) {
      warn(evidence.at, `evidence "${evidence.id}" has no "collect", and its facts have none`);
    }
    if (evidence.group !== undefined && groups.get(evidence.group) === 1) {
      const near = suggest(
        evidence.group,
        [...groups.keys()].filter((group) => group !== evidence.group),
      );
      if (near !== undefined)
        warn(evidence.at, `group "${evidence.group}" has no other evidence: did you mean "${near}"?`);
    }
  }
}

function lintCauses(rulebook: Rulebook, warn: Warn): void {
  const evidence = new Map(rulebook.evidence.map((item) => [item.id, item]));
  for (const cause of rulebook.causes) {
    for (const item of cause.evidence) {
      if (item.direct && evidence.get(item.id)?.elsewhere === 'common') {
        warn(cause.at, `direct evidence "${item.id}" is common elsewhere: it cannot prove "${cause.id}"`);
      }
    }
    for (const step of cause.verify) {
      if (step.run !== undefined && step.expect === undefined) {
        warn(cause.at, `"${cause.id}" does not say what \`${step.run}\` must show ("expect")`);
      }
    }
  }
}

/** Causes name their classes and classes their causes: both ways must say the same. */
function lintTaxonomy(rulebook: Rulebook, warn: Warn): void {
  const causes = new Map(rulebook.causes.map((cause) => [cause.id, cause]));
  for (const documented of rulebook.classes) {
    for (const id of documented.causes) {
      const cause = causes.get(id);
      if (cause !== undefined && !cause.classes.includes(documented.id)) {
        warn(cause.at, `class "${documented.id}" of taxonomy.yaml lists "${id}", which does not name that class`);
      }
    }
  }
  for (const cause of rulebook.causes) {
    for (const id of cause.classes) {
      const documented = rulebook.classes.find((item) => item.id === id);
      if (documented !== undefined && !documented.causes.includes(cause.id)) {
        warn(cause.at, `"${cause.id}" names the class "${id}", which does not list it in taxonomy.yaml`);
      }
    }
  }
}

function lintCatalogue(rulebook: Rulebook, warn: Warn): void {
  const asked = new Set(rulebook.questions.map((question) => question.fact));
  for (const fact of rulebook.facts) {
    if (fact.from === 'answer' && !asked.has(fact.name)) {
      warn(
        { file: 'facts.yaml', line: 1, column: 1 },
        `"${fact.name}" comes from an answer, and no question asks for it`,
      );
    }
  }
}
