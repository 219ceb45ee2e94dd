import type { Judged } from '../engine/diagnose.js';
import { verdictOn } from '../engine/situation.js';
import { isAnswered } from '../engine/weigh.js';
import type { Flow } from '../facts/flow.js';
import { formatLeg } from '../facts/leg.js';
import type { Source } from '../facts/model.js';
import { fill } from '../report/catalogue.js';
import { legOfId, splitOnce } from './asked-leg.js';
import type { Answer, Contradiction } from './interview.js';
import type { InterviewOptions } from './interview-state.js';
import { isOutcome } from './outcomes.js';
import { outputOfId, SYMPTOM, symptomOf, valueOfOutput } from './question-ids.js';
import { type InterviewSay, interviewWordsOf } from './words.js';

/**
 * Answers that cannot be right together, or not together with what was measured: the same attempt that works and fails,
 * and a statement that an output disproves. They are told, never silently dropped: the person knows which is right.
 */
export function contradictionsOf(
  judged: Judged,
  answers: readonly Answer[],
  options: InterviewOptions,
): Contradiction[] {
  const say = interviewWordsOf(options.lang);
  const told = new Map(answers.map((answer) => [answer.question, answer]));
  return [...flowContradictions(judged, told, options, say), ...statementContradictions(judged, answers, options, say)];
}

function flowContradictions(
  { given }: Judged,
  told: ReadonlyMap<string, Answer>,
  options: InterviewOptions,
  say: InterviewSay,
): Contradiction[] {
  const found: Contradiction[] = [];
  const seen = new Set<string>();
  const byAttempt = new Map<string, Flow[]>();
  for (const flow of given.flows) {
    const key = [formatLeg(flow.leg), flow.from.node ?? '', flow.to.node ?? '', flow.to.name ?? ''].join('|');
    const same = byAttempt.get(key);
    if (same === undefined) byAttempt.set(key, [flow]);
    else same.push(flow);
  }
  for (const same of byAttempt.values()) {
    for (const flow of same) {
      const answer = flow.answered === undefined ? undefined : told.get(flow.answered);
      if (answer === undefined || isAtTimes(flow)) continue;
      const other = same.find((one) => (one.state === 'ok') !== (flow.state === 'ok') && !isAtTimes(one));
      if (other === undefined) continue;
      const theirs = other.answered === undefined ? undefined : told.get(other.answered);
      const questions = [...new Set([answer.question, ...(theirs === undefined ? [] : [theirs.question])])].sort();
      if (seen.has(questions.join('|'))) continue;
      seen.add(questions.join('|'));
      const words = wordsOfAnswer(answer, options, say);
      const text =
        theirs === undefined
          ? say('contradictsMeasured', { ...words, source: sourceText(other.sources[0]) })
          : say('contradictsAnswer', { ...words, ...otherWords(wordsOfAnswer(theirs, options, say)) });
      found.push({ questions, text });
    }
  }
  return found;
}

/** A person who says that it fails at times contradicts nobody. */
function isAtTimes(flow: Flow): boolean {
  return flow.pattern === 'under-load' || flow.pattern === 'after-idle' || flow.alsoFails === 'before';
}

function statementContradictions(
  { situation }: Judged,
  answers: readonly Answer[],
  options: InterviewOptions,
  say: InterviewSay,
): Contradiction[] {
  const found: Contradiction[] = [];
  for (const answer of answers) {
    const output = outputOfId(options.rulebook, answer.question);
    const statements =
      output === undefined || answer.value === undefined ? undefined : valueOfOutput(output, answer.value);
    for (const { evidence, is } of statements ?? []) {
      const verdict = verdictOn(situation, evidence, output!.on);
      if (verdict === 'unknown' || (verdict === 'present') === is || isAnswered(situation, evidence, output!.on))
        continue;
      const source = situation.relatives
        .of(output!.on, evidence.subject)
        .flatMap((subject) => evidence.facts.map((fact) => situation.store.scalar(subject, fact)?.source))
        .find((one) => one !== undefined);
      const words = wordsOfAnswer(answer, options, say);
      found.push({
        questions: [answer.question],
        text: say('contradictsMeasured', { ...words, source: sourceText(source) }),
      });
    }
  }
  return found;
}

function otherWords({ question, answer }: { question: string; answer: string }): {
  other: string;
  otherAnswer: string;
} {
  return { other: question, otherAnswer: answer };
}

/** A question and its answer in words. */
export function wordsOfAnswer(
  { question, value }: Answer,
  { rulebook, lang }: InterviewOptions,
  say: InterviewSay,
): { question: string; answer: string } {
  const plain =
    value === 'yes' || value === 'no' || value === 'none' || value === 'unknown' ? say(value) : (value ?? '…');
  if (splitOnce(question, '@')[0] === SYMPTOM) {
    const known = value === undefined ? undefined : symptomOf(rulebook, question, value);
    return { question: say('opening'), answer: known?.symptom.text[lang] ?? plain };
  }
  const leg = legOfId(rulebook, question);
  if (leg !== undefined) {
    const answer = value !== undefined && isOutcome(value) ? say(value) : plain;
    return { question: fill(leg.question.text[lang], leg.places as Record<string, string>), answer };
  }
  const own = rulebook.questions.find(({ id }) => id === question);
  if (own !== undefined) return { question: own.text[lang], answer: plain };
  const output = outputOfId(rulebook, question);
  if (output === undefined) return { question, answer: plain };
  const named = output.evidence.find(({ id }) => id === value) ?? output.evidence[0]!;
  return { question: named.statement[lang], answer: named.id === value ? say('yes') : plain };
}

function sourceText(source: Source | undefined): string {
  if (source?.file === undefined) return '?';
  return source.line === undefined ? source.file : `${source.file}:${source.line}`;
}
