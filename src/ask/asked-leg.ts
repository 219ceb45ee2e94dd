import type { AskedEnd, AskedLeg, LegQuestion, Place, Rulebook } from '../engine/rulebook/types.js';
import type { EndpointHint, FlowError, FlowPattern, FlowStage, FlowState, Probe } from '../facts/model.js';

/** Names of the nodes that the questions speak of. */
export type InterviewPlaces = Record<Place, string>;

/** A name of a cluster's own, and one outside, that every cluster is expected to resolve. */
const INTERNAL_NAME = 'kubernetes.default.svc.cluster.local';
const EXTERNAL_NAME = 'example.com';

/** An attempt that somebody is asked about or tells of, as facts.yaml holds it. */
export interface ReachabilityEntry {
  from: EndpointHint;
  to: EndpointHint;
  proto: Probe['proto'];
  state: FlowState;
  error?: FlowError;
  pattern?: FlowPattern;
  stage?: FlowStage;
  large?: true;
  backend?: string;
  answer: string;
}

/** Places that a leg speaks of, in their order. */
export function placesOfLeg({ from, to }: AskedLeg): Place[] {
  const places = (['here', 'there', 'third'] as const).filter((place) => from.place === place || to.place === place);
  return places;
}

/** `ping-other-node@n1,n2`: the question and the nodes that it is about. Names of nodes hold neither `@` nor `,`. */
export function legId(question: LegQuestion, places: InterviewPlaces): string {
  const names = placesOfLeg(question).map((place) => places[place]);
  return names.length === 0 ? question.id : `${question.id}@${names.join(',')}`;
}

/** The question that an id of `legId` names, with its nodes; undefined where there is no such question. */
export function legOfId(
  rulebook: Rulebook,
  id: string,
): { question: LegQuestion; places: Partial<InterviewPlaces> } | undefined {
  const [name = '', list = ''] = splitOnce(id, '@');
  const question = rulebook.legQuestions.find((one) => one.id === name);
  if (question === undefined) return undefined;
  const wanted = placesOfLeg(question);
  const names = list === '' ? [] : list.split(',');
  if (names.length !== wanted.length || names.some((one) => one === '')) return undefined;
  return { question, places: Object.fromEntries(wanted.map((place, index) => [place, names[index]!])) };
}

export function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A leg between named nodes as an entry of `reachability`. */
export function entryOf(
  leg: AskedLeg,
  places: Partial<InterviewPlaces>,
  outcome: Pick<ReachabilityEntry, 'state' | 'error' | 'pattern' | 'stage'>,
  answer: string,
): ReachabilityEntry {
  const entry: ReachabilityEntry = {
    from: hintOf(leg.from, places),
    to: hintOf(leg.to, places),
    proto: leg.proto,
    ...outcome,
    answer,
  };
  if (leg.large) entry.large = true;
  if (leg.to.kind === 'self') entry.backend = 'self';
  else if ((leg.to.kind === 'service' || leg.to.kind === 'nodeport') && leg.to.place !== undefined) {
    const backend = places[leg.to.place];
    if (leg.to.kind === 'service' && backend !== undefined) entry.backend = backend;
  }
  return entry;
}

/** What the reader makes of an entry: the attempt that a question is about, before it is answered. */
export function probeOfEntry(entry: ReachabilityEntry): Probe {
  const { from, to, proto, state, error, pattern, stage, large, backend, answer } = entry;
  const probe: Probe = { from, to, proto, state, answer, origin: 'report' };
  if (error !== undefined) probe.error = error;
  if (pattern !== undefined) probe.pattern = pattern;
  if (stage !== undefined) probe.stage = stage;
  if (large) probe.large = true;
  if (backend === 'self') probe.toItself = true;
  else if (backend !== undefined) probe.backendNode = backend;
  return probe;
}

function hintOf({ kind, place }: AskedEnd, places: Partial<InterviewPlaces>): EndpointHint {
  const node = place === undefined ? undefined : places[place];
  const at = node === undefined ? {} : { node };
  switch (kind) {
    case 'pod':
    case 'node':
    case 'nodeport':
      return { kind, ...at };
    case 'service':
    case 'self':
      return { kind: 'clusterip' };
    case 'dns-internal':
      return { kind: 'dns', name: INTERNAL_NAME };
    case 'dns-external':
      return { kind: 'dns', name: EXTERNAL_NAME };
    default:
      return { kind: 'external' };
  }
}
