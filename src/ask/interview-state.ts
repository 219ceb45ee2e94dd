import { type AskableLeg, type Chosen, chooseQuestions, type Done, type History } from '../engine/asking/choose.js';
import { diagnosisOf, type Judged } from '../engine/diagnose.js';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import { flowOfProbe } from '../facts/derive/flows.js';
import type { Flow } from '../facts/flow.js';
import { judgeUnderstood, type Understanding, understandContents } from '../pipeline/diagnose-bundles.js';
import { namedPlaces, type TakenAnswers, takeAnswers, withoutAnswers } from './answers-bundle.js';
import { entryOf, type InterviewPlaces, legId, legOfId, placesOfLeg, probeOfEntry, splitOnce } from './asked-leg.js';
import { askedQuestion, openingQuestion } from './asked-question.js';
import { contradictionsOf } from './contradictions.js';
import type { Answer, AskedQuestion, InterviewState } from './interview.js';
import { placesOf } from './places.js';
import { commandsOf, outputOfId, SYMPTOM } from './question-ids.js';
import { type InterviewSay, interviewWordsOf } from './words.js';

/** Questions that are offered beside the next one. */
const OPEN = 6;
/** Causes told to be in the lead, and the least probability of one. */
const LEADING = 5;
const LEAST = 0.01;

export interface InterviewOptions {
  rulebook: Rulebook;
  lang: Lang;
}

/**
 * Where a questionnaire stands: what is known out of the bundle that it started from and of the answers, and what to ask
 * next. Pure: the same base and answers give the same state. A base that is a saved interview is taken without its own
 * answers, which `savedAnswers` hands over.
 */
export async function interview(
  base: BundleContents | undefined,
  answers: readonly Answer[],
  options: InterviewOptions,
): Promise<InterviewState> {
  const { rulebook, lang } = options;
  const say = interviewWordsOf(lang);
  const ground = withoutAnswers(base);
  const taken = takeAnswers(answers, options);
  const contents: BundleContents = { ...ground, entries: sorted([...ground.entries, ...taken.entries]) };
  const understood = await understandContents(contents, rulebook);
  const judged = await judgeUnderstood(understood, options);
  const diagnosis = diagnosisOf(judged);
  const { ranking } = judged;
  const state: InterviewState = {
    open: [],
    leading: ranking.contenders
      .filter(({ probability }) => probability >= LEAST)
      .slice(0, LEADING)
      .map(({ hypothesis: { cause, subjects }, probability }) => ({
        cause: cause.id,
        title: cause.title[lang],
        probability: Math.round(probability * 100) / 100,
        subjects,
      })),
    contradictions: contradictionsOf(judged, answers, options),
    refused: refusedOf(understood, taken, say),
    diagnosis,
  };
  if (diagnosis.outcome === 'healthy' || diagnosis.outcome === 'not-a-fault')
    return { ...state, done: say('doneHealthy') };
  const opened = answers.some(({ question }) => splitOnce(question, '@')[0] === SYMPTOM);
  if (ranking.symptoms.length === 0 && !opened) {
    const opening = openingQuestion(rulebook, lang);
    return { ...state, question: opening, open: [opening] };
  }
  const places = placesOf(judged.flows, judged.given.topology, namedPlaces(answers, rulebook));
  const { chosen, done } = nextQuestions(judged, understood, places, answers);
  state.open = wordQuestions(chosen.slice(0, OPEN), judged, places);
  if (state.open[0] !== undefined) state.question = state.open[0];
  else state.done = say(DONE[done ?? 'no-gain']);
  return state;
}

const DONE = { proven: 'doneProven', sure: 'doneSure', 'no-gain': 'doneNoGain' } as const;

/** The questions that are worth asking, best first: a pure choice over what is judged already. */
export function nextQuestions(
  judged: Judged,
  { store, derived: { topology } }: Pick<Understanding, 'store' | 'derived'>,
  places: InterviewPlaces,
  answers: readonly Answer[],
): { chosen: Chosen[]; done?: Done } {
  const { situation, ranking } = judged;
  const legs = askableLegs(situation.rulebook, places, judged.flows, (entry) =>
    flowOfProbe(store, topology, probeOfEntry(entry)),
  );
  return chooseQuestions(situation, ranking, legs, historyOf(answers, situation.rulebook));
}

function askableLegs(
  rulebook: Rulebook,
  places: InterviewPlaces,
  flows: readonly Flow[],
  flowOf: (entry: ReturnType<typeof entryOf>) => Flow,
): AskableLeg[] {
  const known = new Set(flows.map(attemptOf));
  const legs: AskableLeg[] = [];
  for (const question of rulebook.legQuestions) {
    if (new Set(placesOfLeg(question).map((place) => places[place])).size < placesOfLeg(question).length) continue;
    const id = legId(question, places);
    const flow = flowOf(entryOf(question, places, { state: 'failing' }, id));
    // What was tried is known, whoever tried it.
    if (!known.has(attemptOf(flow))) legs.push({ id, question, flow });
  }
  return legs;
}

/** What an attempt was, whoever made it: its leg between its nodes. */
export function attemptOf({ leg, from, to, parts }: Flow): string {
  const backends = parts.at(-1)?.roles.target ?? [];
  const nodes = backends.filter((subject) => subject.startsWith('node/'));
  return [leg.from, leg.to, leg.near ?? '', leg.proto ?? '', leg.large, from.node ?? '', to.node ?? nodes.join()].join(
    '|',
  );
}

/** Before anything was answered nine questions of ten can be; that counts as much as this many answers. */
const USUAL = { share: 0.9, weight: 5 };

/** What was asked already, and how much this person can answer. */
function historyOf(answers: readonly Answer[], rulebook: Rulebook): History {
  const ids = new Set<string>();
  const declined = new Set<string>();
  const counts = { leg: [0, 0], 'yes-no': [0, 0], output: [0, 0] } as Record<Chosen['kind'], [number, number]>;
  for (const { question, value, pasted } of answers) {
    const output = outputOfId(rulebook, question);
    if (output === undefined) ids.add(question);
    else {
      const commands = new Set(commandsOf(output));
      for (const { id, collect } of rulebook.evidence) {
        const listed = output.evidence.some((one) => one.id === id);
        if (!listed && !commands.has(collect)) continue;
        const key = `${id}@${output.on}`;
        // A paste tells all that its commands tell. Who said "don't know", or went by the statements alone, is not sent to
        // the same command again before everything else was asked.
        const known = pasted !== undefined || (listed && value !== 'unknown') || declined.has(key);
        if (known) ids.add(key);
        else declined.add(key);
      }
    }
    const kind = output !== undefined ? 'output' : legOfId(rulebook, question) !== undefined ? 'leg' : 'yes-no';
    const count = counts[kind];
    if (pasted !== undefined || value !== 'unknown') count[0] += 1;
    count[1] += 1;
  }
  return {
    asked: (id, on) => ids.has(on === undefined ? id : `${id}@${on}`),
    declined: (evidence, on) => declined.has(`${evidence}@${on}`),
    answerable: (kind) => (counts[kind][0] + USUAL.share * USUAL.weight) / (counts[kind][1] + USUAL.weight),
  };
}

function wordQuestions(
  chosen: readonly Chosen[],
  { given, situation, ranking }: Judged,
  places: InterviewPlaces,
): AskedQuestion[] {
  const { rulebook, lang } = given;
  return chosen.map((one) => askedQuestion(one, { rulebook, store: situation.store, ranking, places, lang }));
}

function refusedOf(
  { input }: Understanding,
  { refused: unusable, pasted }: TakenAnswers,
  say: InterviewSay,
): InterviewState['refused'] {
  const why = {
    'no-such-question': say('refusedQuestion'),
    'no-such-choice': say('refusedChoice'),
    'nothing-given': say('refusedEmpty'),
  };
  const unread = new Set(input.unrecognised.map(({ path }) => path));
  return [
    ...unusable.map((one) => ({ question: one.question, why: why[one.why] })),
    ...pasted.filter(({ path }) => unread.has(path)).map(({ question }) => ({ question, why: say('refusedPaste') })),
  ];
}

function sorted(entries: BundleContents['entries']): BundleContents['entries'] {
  return entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
