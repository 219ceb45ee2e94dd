import type { CapturePath } from '../facts/capture.js';
import type { Flow } from '../facts/flow.js';
import { describeFlow, isSymptom } from '../facts/flow.js';
import { formatLeg } from '../facts/leg.js';
import type { Problem, Source, TimelineEntry } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import type { Topology } from '../facts/topology.js';
import { capturedFlows } from './captured-flows.js';
import { type Contender, showsIllness, showsSymptom } from './contenders.js';
import type { AlsoFound, Diagnosis, NotFault, UnexplainedFlow } from './diagnosis.js';
import { explainContender } from './explain.js';
import { FlowIndex } from './flow-index.js';
import { judge } from './judge.js';
import { nextSteps } from './next.js';
import { type Ranking, rank } from './rank.js';
import { Relatives } from './relatives.js';
import type { Lang, Rulebook } from './rulebook/types.js';
import { NOT_A_FAULT } from './rulebook/words.js';
import type { Situation } from './situation.js';
import { verdictSentence } from './verdict.js';

/** Everything a diagnosis is made from. Same input, same answer, to the byte. */
export interface DiagnoseInput {
  store: FactStore;
  topology: Topology;
  flows: readonly Flow[];
  timeline: readonly TimelineEntry[];
  /** Flows that captures show to have been lost or left without an answer. */
  paths: readonly (CapturePath & { source: Source })[];
  /** What the reader made of the files. */
  input: { recognised: number; unrecognised: readonly string[]; problems: readonly Problem[] };
  rulebook: Rulebook;
  lang: Lang;
}

/** A cause below this is not worth a line of the answer. */
const LEAST_PROBABILITY = 0.01;
/** A leading cause below this fits so badly that none is said to fit. */
const LEAST_FIT = 0.1;
/** Evidence alone, without any flow, has to be this convincing. */
const LEAST_WITHOUT_SYMPTOM = 0.3;
/** From here on what is no fault of the network stands for its symptoms. */
const EXCUSING = 0.5;
/** A symptom that a cause of this probability explains is not called unexplained. */
const EXPLAINING = 0.3;
/** Legs with a pod at one end that must have been seen to work before a cluster is called healthy. */
const LEGS_FOR_HEALTH = 2;
/** The share of attempts without an outcome above which what works does not speak for the whole. */
const OPEN_ATTEMPTS = 0.1;
const RANKS = 20;

export async function diagnose(given: DiagnoseInput): Promise<Diagnosis> {
  return diagnosisOf(await judgeAndRank(given));
}

/** The world judged and ranked: what a diagnosis tells, and what the next question is chosen by. */
export interface Judged {
  given: DiagnoseInput;
  situation: Situation;
  ranking: Ranking;
  /** Flows that count: where the incident is over, without what works since. */
  flows: readonly Flow[];
  /** The fault had gone when the state was collected. */
  over: boolean;
}

export async function judgeAndRank(given: DiagnoseInput): Promise<Judged> {
  const { store, topology, rulebook } = given;
  const over = store.value(CLUSTER, 'incident.over') === true;
  const flows = over ? given.flows.filter((flow) => !isAftermath(flow, given.flows)) : given.flows;
  const relatives = new Relatives(store, topology, flows);
  const judgement = await judge(rulebook, store, (kind) => relatives.all(kind), relatives);
  const situation: Situation = { rulebook, store, flows: new FlowIndex(flows), judgement, relatives };
  return { given, situation, ranking: rank(situation), flows, over };
}

/**
 * The same world ranked anew by a rulebook that differs in nothing but how often things are shown, met elsewhere, or the
 * case: verdicts do not hang on these words.
 */
export function rankAnew(judged: Judged, rulebook: Rulebook): Judged {
  const situation = { ...judged.situation, rulebook };
  return { ...judged, given: { ...judged.given, rulebook }, situation, ranking: rank(situation) };
}

export function diagnosisOf({ given, situation, ranking, flows, over }: Judged): Diagnosis {
  const { store, topology, rulebook, lang } = given;
  const notFaults = notFaultsOf(rulebook, given, ranking, lang);
  const outcome = outcomeOf(given, flows, ranking, notFaults);
  const named = namedOf(outcome, ranking);
  const withoutDiagnosis: Omit<Diagnosis, 'verdict'> = {
    version: 1,
    lang,
    rulebook: rulebook.digest,
    outcome,
    diagnoses: named.map((contender, index) => explainContender(situation, ranking, contender, index + 1, over, lang)),
    notFaults,
    alsoFound: alsoFoundOf(ranking, outcome, named, lang),
    unexplained: unexplainedOf(ranking),
    next: outcome === 'healthy' || outcome === 'not-a-fault' ? [] : nextSteps(situation, ranking, lang),
    captured: capturedFlows(given.paths),
    timeline: given.timeline.map((entry) => ({ ...entry })),
    seen: {
      nodes: topology.nodes.size,
      pods: topology.pods.size,
      services: topology.services.size,
      flows: given.flows.length,
      symptoms: ranking.symptoms.length,
      facts: store.size,
    },
    input: {
      recognised: given.input.recognised,
      unrecognised: [...given.input.unrecognised],
      problems: [...given.input.problems],
    },
  };
  const complaint = store.value(CLUSTER, 'complaint');
  if (typeof complaint === 'string') withoutDiagnosis.complaint = complaint;
  const leading = ranking.contenders.find(isFault);
  const withoutSymptom =
    outcome === 'diagnosed' && ranking.symptoms.length === 0 && (leading === undefined || !showsSymptom(leading));
  return { ...withoutDiagnosis, verdict: verdictSentence(withoutDiagnosis, lang, withoutSymptom) };
}

/** Contenders that an answer tells of. */
function namedOf(outcome: Diagnosis['outcome'], { contenders }: Ranking): Contender[] {
  const likely = contenders.filter((each) => isFault(each) && each.probability >= LEAST_PROBABILITY).slice(0, RANKS);
  if (outcome === 'diagnosed' || outcome === 'unexplained') return likely;
  // Too little for a diagnosis may be enough to say what can have brought about what is complained of.
  return outcome === 'insufficient' ? likely.filter(showsSymptom) : [];
}

/** What works once the fault has gone does not speak against what failed then. */
function isAftermath(flow: Flow, flows: readonly Flow[]): boolean {
  if (flow.state !== 'ok') return false;
  if (flow.origin === 'tool') return true;
  if (flow.at === undefined) return false;
  let last = '';
  for (const other of flows) if (isSymptom(other) && other.at !== undefined && other.at > last) last = other.at;
  return last !== '' && flow.at > last;
}

function outcomeOf(
  given: DiagnoseInput,
  flows: readonly Flow[],
  ranking: Ranking,
  notFaults: readonly NotFault[],
): Diagnosis['outcome'] {
  const first = ranking.contenders.find(isFault);
  const [leader] = ranking.contenders;
  if (ranking.symptoms.length > 0) {
    const excused = leader !== undefined && !isFault(leader) && leader.probability >= EXCUSING;
    if (excused && (first === undefined || first.probability < EXCUSING)) return 'not-a-fault';
    return first !== undefined && first.probability >= LEAST_FIT && first.probability > ranking.unknownCause
      ? 'diagnosed'
      : 'unexplained';
  }
  const legs = new Set<string>();
  for (const flow of flows) {
    // A capture is a sample of whatever went by: nobody tried there what ought to work.
    if (flow.state !== 'ok' || flow.expected === 'fails' || flow.origin === 'capture') continue;
    if (flow.from.kind === 'pod' || flow.to.kind === 'pod') legs.add(formatLeg(flow.leg));
  }
  const reported = given.flows.some(
    (flow) => flow.origin === 'report' && flow.state !== 'ok' && flow.expected === 'fails',
  );
  const refused = given.flows.some((flow) => flow.expectedWhy === 'application-answered');
  if (notFaults.length > 0 && (reported || refused)) return 'not-a-fault';
  const convincing = first !== undefined && first.probability >= LEAST_WITHOUT_SYMPTOM;
  if (convincing && first.hypothesis.proven && showsSymptom(first)) return 'diagnosed';
  const isIll = ranking.contenders.some((contender) => isFault(contender) && showsIllness(contender));
  if (legs.size >= LEGS_FOR_HEALTH && !isTooOpen(given) && !isIll) return 'healthy';
  if (convincing) return 'diagnosed';
  return 'insufficient';
}

function isFault({ hypothesis }: Contender): boolean {
  return hypothesis.cause.category !== NOT_A_FAULT;
}

/** Attempts whose outcome is not known (their output is cut) may be the ones that fail. */
function isTooOpen({ store, flows }: DiagnoseInput): boolean {
  const open = store.unknowns().filter(({ name }) => name === 'probe.outcome').length;
  return open > OPEN_ATTEMPTS * (flows.length + open);
}

/** What is no fault: by what its flows are, or because its evidence and signature won the symptoms. */
function notFaultsOf(rulebook: Rulebook, given: DiagnoseInput, ranking: Ranking, lang: Lang): NotFault[] {
  const found: NotFault[] = [];
  for (const cause of rulebook.causes) {
    if (cause.category !== NOT_A_FAULT) continue;
    const won = ranking.contenders.filter(
      ({ hypothesis, probability }) => hypothesis.cause === cause && probability >= EXCUSING,
    );
    const explained = new Set(won.flatMap(({ explains }) => explains));
    for (const flow of given.flows) {
      if (flow.expectedWhy === undefined || !cause.explains.includes(flow.expectedWhy)) continue;
      if (flow.state !== 'ok' || flow.expectedWhy === 'application-answered') explained.add(flow);
    }
    if (explained.size === 0) continue;
    found.push({ id: cause.id, explains: [...explained].map(describeFlow), statement: cause.mechanism[lang] });
  }
  return found;
}

function alsoFoundOf(
  ranking: Ranking,
  outcome: Diagnosis['outcome'],
  named: readonly Contender[],
  lang: Lang,
): AlsoFound[] {
  let why = { en: 'touches no symptom', zh: '与任何故障现象无关' };
  if (outcome === 'healthy')
    why = { en: 'a risk: nothing fails because of it now', zh: '风险：目前没有因此而失败的流' };
  else if (ranking.symptoms.length === 0) {
    why = {
      en: 'misconfigured; no symptom was given that it could explain',
      zh: '配置有误；输入中没有可由其解释的故障现象',
    };
  }
  const tell = ({ hypothesis }: Contender): AlsoFound => ({
    cause: hypothesis.cause.id,
    title: hypothesis.cause.title[lang],
    subjects: hypothesis.subjects,
    why: why[lang],
  });
  const ranked = outcome === 'diagnosed' || outcome === 'unexplained';
  // Without a diagnosis, what evidence alone pointed to still deserves its line.
  const proven = ranked
    ? []
    : ranking.contenders.filter((contender) => contender.hypothesis.proven && !named.includes(contender));
  return [...ranking.bystanders, ...proven].filter(isFault).map(tell);
}

function unexplainedOf(ranking: Ranking): UnexplainedFlow[] {
  const explained = new Set<Flow>();
  for (const contender of ranking.contenders)
    if (contender.probability >= EXPLAINING) for (const flow of contender.explains) explained.add(flow);
  if (explained.size === 0) for (const flow of ranking.contenders[0]?.explains ?? []) explained.add(flow);
  return ranking.symptoms
    .filter((flow) => !explained.has(flow))
    .map((flow) => {
      const entry: UnexplainedFlow = {
        flow: describeFlow(flow),
        leg: formatLeg(flow.leg),
        source: flow.sources[0] ?? {},
      };
      if (flow.error !== undefined) entry.error = flow.error;
      return entry;
    });
}
