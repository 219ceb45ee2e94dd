import { breaksAttempt } from './attempt-legs.js';
import type { Cause, Position, Rulebook } from './types.js';
import { NOT_A_FAULT } from './words.js';

/** Entries of the questionnaire have no place of their own: they are named by their ids. */
const QUESTIONS: Position = { file: 'questions.yaml', line: 1, column: 1 };
const TAXONOMY: Position = { file: 'taxonomy.yaml', line: 1, column: 1 };

/** Warns of what the questionnaire cannot do: questions that part nothing, classes it does not open with, causes it cannot part. */
export function lintQuestions(rulebook: Rulebook, warn: (at: Position, message: string) => void): void {
  const causes = rulebook.causes.filter(({ category }) => category !== NOT_A_FAULT);
  // What is no fault competes by its evidence as well, where it has any.
  const used = new Set(rulebook.causes.flatMap((cause) => [...cause.evidence.map(({ id }) => id), ...cause.excludes]));
  const read = new Set(rulebook.evidence.filter(({ id }) => used.has(id)).flatMap(({ facts }) => facts));
  for (const { id, fact } of rulebook.questions) {
    if (!read.has(fact))
      warn(QUESTIONS, `no cause has evidence that reads "${fact}": the answer to "${id}" tells nothing`);
  }
  for (const question of rulebook.legQuestions) {
    if (causes.every((cause) => breaksAttempt(cause, question) === 'no'))
      warn(QUESTIONS, `no cause breaks what "${question.id}" asks about: its answer tells nothing`);
  }
  for (const { id } of rulebook.classes) {
    if (!rulebook.symptoms.some((symptom) => symptom.class === id))
      warn(TAXONOMY, `class "${id}" has no symptom in questions.yaml: nobody can open with it`);
  }
  for (const [a, b] of inseparable(rulebook, causes))
    warn(
      a.at,
      `no question separates "${a.id}" from "${b.id}": they need an evidence or a leg question that parts them`,
    );
}

/**
 * Pairs of causes that no question separates: whatever evidence can be asked for belongs to both, and no leg question is
 * about what one surely breaks and the other spares.
 */
function inseparable(rulebook: Rulebook, causes: readonly Cause[]): [Cause, Cause][] {
  const from = new Map(rulebook.facts.map((fact) => [fact.name, fact.from]));
  const answered = new Set(rulebook.questions.map(({ fact }) => fact));
  const askable = new Set(
    rulebook.evidence
      .filter(({ collect, facts }) =>
        facts.every((fact) => (from.get(fact) === 'answer' ? answered.has(fact) : collect !== '')),
      )
      .map(({ id }) => id),
  );
  const looks = causes.map((cause) => ({
    cause,
    evidence: [...cause.evidence.map(({ id }) => id), ...cause.excludes.map((id) => `not ${id}`)].filter((id) =>
      askable.has(id.replace(/^not /, '')),
    ),
    legs: rulebook.legQuestions.map((question) => breaksAttempt(cause, question)),
  }));
  const pairs: [Cause, Cause][] = [];
  looks.forEach((a, index) => {
    for (const b of looks.slice(index + 1)) {
      const shown = new Set(b.evidence);
      if (a.evidence.length !== b.evidence.length || a.evidence.some((id) => !shown.has(id))) continue;
      const parted = a.legs.some((one, leg) => {
        const other = b.legs[leg]!;
        return (one === 'yes' && other === 'no') || (one === 'no' && other === 'yes');
      });
      if (!parted) pairs.push([a.cause, b.cause]);
    }
  });
  return pairs;
}
