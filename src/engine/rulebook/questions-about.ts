import { breaksAttempt } from './attempt-legs.js';
import type { Cause, LegQuestion, Question, Rulebook } from './types.js';

/** What a person can be asked that bears on a cause. */
export interface QuestionsAbout {
  /** Answers that its evidence reads, in the questionnaire's order. */
  answers: Question[];
  /** Attempts that fail where it is at work. */
  fails: LegQuestion[];
  /** Attempts that work where it alone is at work. */
  works: LegQuestion[];
}

/** The questions of the rulebook whose answers speak for or against a cause. */
export function questionsAbout(rulebook: Rulebook, cause: Cause): QuestionsAbout {
  const ids = new Set([...cause.evidence.map(({ id }) => id), ...cause.excludes]);
  const read = new Set(rulebook.evidence.filter(({ id }) => ids.has(id)).flatMap(({ facts }) => facts));
  const legs = rulebook.legQuestions.map((question) => ({ question, breaks: breaksAttempt(cause, question) }));
  const those = (breaks: 'yes' | 'no'): LegQuestion[] =>
    cause.signature.breaks.length === 0
      ? []
      : legs.filter((leg) => leg.breaks === breaks).map(({ question }) => question);
  return {
    answers: rulebook.questions.filter(({ fact }) => read.has(fact)),
    fails: those('yes'),
    works: those('no'),
  };
}
