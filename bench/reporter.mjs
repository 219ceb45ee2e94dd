/**
 * A simulated reporter: knows one symptom at first, and answers the rest truthfully out of the hidden facts of a full
 * bundle. What the bundle does not tell is "don't know"; some answers are "don't know" besides, and a few are wrong.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const load = (path) => import(join(root, 'dist', path));
const { readBundles } = await load('facts/bundle/read-bundles.js');
const { understandContents } = await load('pipeline/diagnose-bundles.js');
const { judgeAndRank } = await load('engine/diagnose.js');
const { verdictOn } = await load('engine/situation.js');
const { isSymptom } = await load('facts/flow.js');
const { flowOfProbe } = await load('facts/derive/flows.js');
const { entryOf, legOfId, probeOfEntry } = await load('ask/asked-leg.js');
const { OUTCOMES, outcomesOf } = await load('ask/outcomes.js');
const { attemptOf } = await load('ask/interview-state.js');
const { outputOfId } = await load('ask/question-ids.js');

const DONT_KNOW = 0.15;
const WRONG = 0.03;

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What is really so: a bundle whose whole diagnosis leads with the expected cause. */
export async function hiddenWorld(path, rulebook) {
  const contents = await readBundles([{ path }]);
  const understood = await understandContents(contents, rulebook);
  const { store, derived, input } = understood;
  const judged = await judgeAndRank({
    store,
    ...derived,
    input: { ...input, unrecognised: [] },
    rulebook,
    lang: 'en',
  });
  return { contents, store, derived, judged };
}

const bare = (subject) => subject?.slice(subject.indexOf('/') + 1);

/** What a reporter knows at first: one symptom of the world, as facts.yaml holds it. */
export function symptomFile(world, random) {
  const { symptoms } = world.judged.ranking;
  const flow = symptoms[Math.floor(random() * symptoms.length)];
  const end = ({ kind, subject, node, ip, port, name }) => {
    const [, namespace, own] = subject?.split('/') ?? [];
    const hint = { kind, node: bare(node), ip, port, name };
    if (kind === 'pod') return { ...hint, namespace, pod: own };
    return kind === 'clusterip' && own !== undefined ? { ...hint, name: `${own}.${namespace}` } : hint;
  };
  const { proto, state, error, pattern, stage, large } = flow;
  const entry = { from: end(flow.from), to: end(flow.to), proto, state, error, pattern, stage, large };
  const facts = { version: 1, reachability: [entry] };
  return { path: 'facts.json', bytes: Buffer.from(JSON.stringify(facts)) };
}

/** The one who is asked. `reveal` files are what pasting adds to the interview's bundle. */
export class Reporter {
  constructor(world, rulebook, random) {
    this.world = world;
    this.rulebook = rulebook;
    this.random = random;
  }

  /** `{answer}`, or `{answer, files}` where outputs are pasted. */
  answer(id) {
    const unknown = { answer: { question: id, value: 'unknown' } };
    const skips = this.random() < DONT_KNOW;
    const errs = this.random() < WRONG;
    if (skips) return unknown;
    const leg = legOfId(this.rulebook, id);
    if (leg !== undefined) {
      const value = this.#leg(leg);
      if (value === undefined) return unknown;
      return { answer: { question: id, value: errs ? (value === 'works' ? 'timeout' : 'works') : value } };
    }
    const own = this.rulebook.questions.find((one) => one.id === id);
    if (own !== undefined) {
      const value = this.world.store.value('cluster', own.fact);
      if (typeof value !== 'boolean') return unknown;
      return { answer: { question: id, value: value !== errs ? 'yes' : 'no' } };
    }
    return this.#output(id, errs) ?? unknown;
  }

  #leg({ question, places }) {
    const { store, derived } = this.world;
    const asked = flowOfProbe(
      store,
      derived.topology,
      probeOfEntry(entryOf(question, places, { state: 'failing' }, 'x')),
    );
    const same = this.world.judged.flows.filter(
      (flow) => flow.expected === 'works' && attemptOf(flow) === attemptOf(asked),
    );
    if (same.length === 0) return undefined;
    const failing = same.filter(isSymptom);
    if (failing.length === 0) return 'works';
    if (failing.length < same.length) return 'at-times';
    const [first] = failing;
    const outcomes = outcomesOf(question.proto, question.large);
    const exact = outcomes.find((one) => OUTCOMES[one].state === first.state && OUTCOMES[one].error === first.error);
    return exact ?? outcomes.find((one) => OUTCOMES[one].state === first.state) ?? 'timeout';
  }

  #output(id, errs) {
    const { on, evidence } = outputOfId(this.rulebook, id);
    const { situation } = this.world.judged;
    const verdicts = evidence.map((one) => verdictOn(situation, one, on));
    if (verdicts.every((verdict) => verdict === 'unknown')) return undefined;
    const present = evidence.find((_, index) => verdicts[index] === 'present');
    const yes = evidence.length === 1 ? 'yes' : present?.id;
    const no = evidence.length === 1 ? 'no' : 'none';
    if (errs) return { answer: { question: id, value: present === undefined ? (yes ?? evidence[0].id) : no } };
    const files = new Set();
    for (const one of evidence) {
      for (const about of situation.relatives.of(on, one.subject)) {
        for (const fact of one.facts) {
          const known = situation.store.scalar(about, fact) ?? situation.store.scalar('cluster', fact);
          if (known?.source.file !== undefined) files.add(known.source.file);
        }
      }
    }
    const raw = this.world.contents.entries.filter(
      ({ path }) => files.has(path) && /(?:^|\/)(?:nodes|pods|cluster|logs|captures)\//.test(path),
    );
    if (raw.length > 0) return { answer: { question: id, pasted: '# as below\n' }, files: raw };
    return { answer: { question: id, value: present === undefined ? no : yes } };
  }
}
