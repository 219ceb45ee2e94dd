import type { Cost, Lang, Rulebook } from '../engine/rulebook/types.js';
import { FactStore } from '../facts/store.js';
import { fill } from '../report/catalogue.js';
import { legOfId } from './asked-leg.js';
import { choices, openingQuestion, outputWords, whereTried } from './asked-question.js';
import type { AskedQuestion } from './interview.js';
import { outcomesOf } from './outcomes.js';
import { UNNAMED } from './places.js';
import { outputOfId, SYMPTOM } from './question-ids.js';
import { interviewWordsOf } from './words.js';

/**
 * A question by its id, whether or not it would be asked now: what was answered can be answered otherwise. It parts no
 * causes and gains nothing. Undefined where the rulebook has no such question.
 */
export function knownQuestion(
  id: string,
  { rulebook, lang }: { rulebook: Rulebook; lang: Lang },
): AskedQuestion | undefined {
  const say = interviewWordsOf(lang);
  if (id === SYMPTOM || id.startsWith(`${SYMPTOM}@`)) return openingQuestion(rulebook, lang);
  const common = { id, separates: [], gain: 0 };
  const leg = legOfId(rulebook, id);
  if (leg !== undefined) {
    const { question } = leg;
    const places = { ...UNNAMED, ...leg.places };
    return {
      ...common,
      kind: 'leg',
      text: fill(question.text[lang], places),
      why: question.why[lang],
      choices: choices([...outcomesOf(question.proto, question.large)], say),
      commands: [{ run: fill(question.run, places), on: whereTried(question, places) }],
      cost: question.cost,
    };
  }
  const own = rulebook.questions.find((question) => question.id === id);
  if (own !== undefined) {
    const { text, why, cost } = own;
    return {
      ...common,
      kind: 'yes-no',
      text: text[lang],
      why: why?.[lang] ?? '',
      choices: choices(['yes', 'no'], say),
      commands: [],
      cost,
    };
  }
  const output = outputOfId(rulebook, id);
  if (output === undefined) return undefined;
  const cost = output.evidence.map((one) => one.cost).reduce<Cost>(costlier, 'look');
  return { ...common, kind: 'output', why: '', cost, ...outputWords(output, { store: new FactStore(), lang }, say) };
}

const COSTS: readonly Cost[] = ['look', 'access', 'disturb'];

function costlier(a: Cost, b: Cost): Cost {
  return COSTS.indexOf(a) > COSTS.indexOf(b) ? a : b;
}
