import type { Chosen } from '../engine/asking/choose.js';
import { commandFor } from '../engine/next.js';
import type { Ranking } from '../engine/rank.js';
import type { Lang, LegQuestion, Rulebook } from '../engine/rulebook/types.js';
import { CLUSTER, nodeSubject, type Subject } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { fill } from '../report/catalogue.js';
import type { InterviewPlaces } from './asked-leg.js';
import type { AskedCommand, AskedQuestion, Choice } from './interview.js';
import { outcomesOf } from './outcomes.js';
import { type OutputQuestion, SYMPTOM } from './question-ids.js';
import { type InterviewSay, interviewWordsOf } from './words.js';

/** Causes named in why a question is asked. */
const NAMED = 3;

export interface Wording {
  rulebook: Rulebook;
  store: FactStore;
  ranking: Ranking;
  places: InterviewPlaces;
  lang: Lang;
}

/** The opening question: the documented ways to say what is wrong. */
export function openingQuestion(rulebook: Rulebook, lang: Lang): AskedQuestion {
  const say = interviewWordsOf(lang);
  return {
    id: SYMPTOM,
    kind: 'symptom',
    text: say('opening'),
    why: say('openingWhy'),
    choices: [
      ...rulebook.symptoms.map(({ id, text }) => ({ value: id, text: text[lang] })),
      { value: 'unknown', text: say('unknown') },
    ],
    commands: [],
    separates: [],
    cost: 'look',
    gain: 0,
  };
}

/** A chosen question in the words of a language, with its choices and commands. */
export function askedQuestion(chosen: Chosen, wording: Wording): AskedQuestion {
  const { ranking, lang, places } = wording;
  const say = interviewWordsOf(lang);
  const separates = chosen.parts
    .map((index) => ranking.contenders[index]!.hypothesis.cause)
    .map((cause) => ({ cause: cause.id, title: cause.title[lang] }));
  const common = { id: chosen.id, separates, cost: chosen.cost, gain: Math.round(chosen.gain * 100) / 100 };
  const tells = separation(separates, say);
  switch (chosen.kind) {
    case 'leg': {
      const { question } = chosen.leg;
      return {
        ...common,
        kind: 'leg',
        text: fill(question.text[lang], places),
        why: [question.why[lang], tells].join(' '),
        choices: choices([...outcomesOf(question.proto, question.large)], say),
        commands: [{ run: fill(question.run, places), on: whereTried(question, places) }],
      };
    }
    case 'yes-no': {
      const { text, why } = chosen.question;
      return {
        ...common,
        kind: 'yes-no',
        text: text[lang],
        why: why === undefined ? tells : [why[lang], tells].join(' '),
        choices: choices(['yes', 'no'], say),
        commands: [],
      };
    }
    default:
      return { ...common, kind: 'output', why: tells, ...outputWords(chosen, wording, say) };
  }
}

/** The words of an output question. */
export function outputWords(
  { on, evidence }: OutputQuestion,
  { store, lang }: Pick<Wording, 'store' | 'lang'>,
  say: InterviewSay,
): Pick<AskedQuestion, 'text' | 'choices' | 'commands'> {
  const place = on === CLUSTER ? say('cluster') : on.slice(on.indexOf('/') + 1);
  const runs = new Set(evidence.map(({ collect }) => commandFor(store, collect, on === CLUSTER ? [] : [on])));
  const commands: AskedCommand[] = [...runs].map((run) => ({ run, on }));
  const [only, ...others] = evidence;
  if (only !== undefined && others.length === 0) {
    const statement = only.statement[lang];
    return { text: say('outputOne', { place, statement }), choices: choices(['yes', 'no'], say), commands };
  }
  return {
    text: say('outputMany', { place }),
    choices: [
      ...evidence.map(({ id, statement }) => ({ value: id, text: statement[lang] })),
      ...choices(['none'], say),
    ],
    commands,
  };
}

type ChoiceWord = ReturnType<typeof outcomesOf>[number] | 'yes' | 'no' | 'none';

/** Choices of those words, and that of not knowing. */
export function choices(words: readonly ChoiceWord[], say: InterviewSay): Choice[] {
  return [...words, 'unknown' as const].map((value) => ({ value, text: say(value) }));
}

/** "Tells ip-forward-disabled from overlay-port-blocked." */
function separation(separates: readonly { cause: string }[], say: InterviewSay): string {
  const [first, ...others] = separates.map(({ cause }) => cause);
  if (first === undefined || others.length === 0) return '';
  return say('separates', { first, others: others.slice(0, NAMED).join(', ') });
}

/** From a node's own questions the node; what runs in pods is run from wherever kubectl works. */
export function whereTried({ from }: LegQuestion, places: InterviewPlaces): Subject {
  return from.kind === 'node' && from.place !== undefined ? nodeSubject(places[from.place]) : CLUSTER;
}
